"""The interfaces of every source: recorded ones and live ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

from fervid.core.canvas import Canvas
from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.video.colour import Colour

CAMERA_SIZE: Final = (1280, 720)
"""The default width and height to request from a camera, in pixels."""

CAMERA_RATE: Final = 30.0
"""The default number of frames a second to request from a camera."""

CAMERA_RATE_BOUNDS: Final = (1, 1000)

CAMERA_FORMATS: Final = ("auto", "mjpg", "yuyv")
"""The encodings that a camera may send frames in; the first one is the default and chooses between the others."""


def camera_name(device: int | str) -> str:
    """Return the name of a camera to use in messages."""
    return f"camera {device}" if isinstance(device, int) else f"camera '{device}'"


class AbsentError(SourceError):
    """A camera or stream is not there now, but may come: unplugged, in use, switched off, or not sending yet."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """The properties of a source that are known before its frames are read.

    Attributes:
        path: The file or folder.
        width: The width of the upright frame, in pixels; if the size changes, that of the largest one. Boxes and the
            annotated video are in this size.
        height: The height of the upright frame, in pixels; if the size changes, that of the largest one.
        time_base: The unit of the `pts` of the frames, in seconds.
        rate: The average frame rate in frames a second, for display and for encoders, never for times; None where
            unknown.
        frames: The expected number of frames, for progress only, since headers can be wrong; None where unknown.
        start: The first time on the clock of the container, in seconds, for progress only.
        starts_late: True if the clock of the container starts after 0, as in a part of a longer recording.
        duration: The duration in seconds, for progress only; None where unknown.
        colour: The colour encoding of the file.
        has_audio: True if there is a sound track.
        is_pipe: True if the source can be read only once, as a pipe.
        still: True for a picture, or a folder of pictures.
        pixel_aspect: The pixel aspect ratio (width / height) of the upright frame; not 1 in old television material.
        tags: The tags for a video that is made of it, by FFmpeg's names, such as `title` and `creation_time`.
    """

    path: Path
    width: int
    height: int
    time_base: Fraction
    rate: Fraction | None = None
    frames: int | None = None
    start: float = 0.0
    starts_late: bool = False
    duration: float | None = None
    colour: Colour = Colour()
    has_audio: bool = False
    is_pipe: bool = False
    still: bool = False
    pixel_aspect: Fraction = Fraction(1)
    tags: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def canvas(self) -> Canvas:
        """The canvas on which all frames are shown."""
        return Canvas(self.width, self.height, self.pixel_aspect)

    @property
    def interval(self) -> float:
        """The shortest time to expect between two frames, in seconds: half of the average one.

        Where no frame rate is known, it is the unit of their times.
        """
        return float(self.time_base if self.rate is None else 1 / (2 * self.rate))


class Source(Closing, Protocol):
    """A recorded sequence of frames, read once from beginning to end, in the order of presentation.

    A frame may have a size of its own; all are shown on the canvas that `info` gives.
    """

    @property
    def info(self) -> SourceInfo:
        """The properties that are known before the frames are read."""
        ...

    @property
    def undecodable(self) -> int:
        """The number of packets or pictures so far that did not decode, and so gave no frame."""
        ...

    @property
    def damage(self) -> str | None:
        """A one-line report of the damage found so far, such as a file that is cut off; None where there is none."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame. A second loop continues where the first was left.

        Raises:
            SourceError: There is not a single frame to yield.
        """
        ...

    def stop(self) -> None:
        """Say that no further frames are wanted, which ends a wait for a silent pipe.

        May be called from any thread, and more than once.
        """
        ...

    def close(self) -> None:
        """Close the file. May be called more than once, and from another thread when the reading thread has ended."""
        ...


class LiveSource(Closing, Protocol):
    """A sequence of frames that arrive in real time, each of which is yielded on arrival.

    The reader must keep up. Times never go back; frame size and frame rate may change at any frame.
    """

    @property
    def name(self) -> str:
        """The name to use in messages. It contains no password."""
        ...

    @property
    def undecodable(self) -> int:
        """The number of packets or pictures so far that did not decode, and so gave no frame."""
        ...

    @property
    def arrived(self) -> float:
        """The time at which the last frame arrived, still encoded, in seconds of the monotonic clock."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame on arrival, until the source ends or `stop` is called.

        Raises:
            SourceError: The source was unplugged, stalled, or broke off.
        """
        ...

    def stop(self) -> None:
        """Ask the reading thread to leave its loop, at the next frame or when the source counts as stalled.

        May be called from any thread, and more than once.
        """
        ...

    def close(self) -> None:
        """Close the source. May be called more than once, and from another thread when the reading thread has ended."""
        ...
