"""Sources whose frames are turned by right angles, for footage that does not say how it is to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Generic, TypeVar

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.core.rotation import Rotation
from fervid.sources.base import LiveSource, Source, SourceInfo

_AnySource = TypeVar("_AnySource", bound=Source | LiveSource)


def turn(frame: Frame, rotation: Rotation) -> Frame:
    """Return a frame turned clockwise, with its canvas."""
    if rotation is Rotation.NONE:
        return frame
    return replace(
        frame,
        content=frame.pixels.turned(rotation),
        pixel_aspect=1 / frame.pixel_aspect if rotation.swaps else frame.pixel_aspect,
        shown_on=None if frame.shown_on is None else frame.shown_on.turned(rotation),
    )


class _Turned(Closing, Generic[_AnySource]):
    """A source whose frames are turned clockwise.

    Args:
        source: The source; `close` closes it.
        rotation: The angle, on top of what the source itself asks for.
    """

    def __init__(self, source: _AnySource, rotation: Rotation) -> None:
        self._source = source
        self._rotation = rotation

    @property
    def undecodable(self) -> int:
        """The number of packets or pictures so far that did not decode, and so gave no frame."""
        return self._source.undecodable

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame, turned."""
        return (turn(frame, self._rotation) for frame in self._source)

    def stop(self) -> None:
        """Say that no further frames are wanted. May be called from any thread, and more than once."""
        self._source.stop()

    def close(self) -> None:
        """Close the source. May be called more than once."""
        self._source.close()


class TurnedSource(_Turned[Source]):
    """A recorded source whose frames are turned clockwise, as a `Source`."""

    @property
    def info(self) -> SourceInfo:
        """The properties that are known before the frames are read."""
        info = self._source.info
        canvas = info.canvas.turned(self._rotation)
        return replace(info, width=canvas.width, height=canvas.height, pixel_aspect=canvas.pixel_aspect)

    @property
    def damage(self) -> str | None:
        """A one-line report of the damage found so far; None where there is none."""
        return self._source.damage


class TurnedLiveSource(_Turned[LiveSource]):
    """A live source whose frames are turned clockwise, as a `LiveSource`."""

    @property
    def name(self) -> str:
        """The name to use in messages. It contains no password."""
        return self._source.name

    @property
    def arrived(self) -> float:
        """The time at which the last frame arrived, in seconds of the monotonic clock."""
        return self._source.arrived
