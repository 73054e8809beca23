"""The part that all recorded sources have in common."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.sources.base import SourceInfo


class FrameSequence(Closing):
    """Frames that are yielded once, in order: the base class of the recorded sources.

    Args:
        info: The properties that are known before the frames are read.
        frames: Yields the frames, and raises a `SourceError` if there is none.
    """

    _undecodable: int = 0  # subclasses count

    def __init__(self, info: SourceInfo, frames: Generator[Frame, None, None]) -> None:
        self._info = info
        self._frames = frames

    @property
    def info(self) -> SourceInfo:
        """The properties that are known before the frames are read."""
        return self._info

    @property
    def undecodable(self) -> int:
        """The number of packets or pictures so far that did not decode, and so gave no frame."""
        return self._undecodable

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame. A second loop continues where the first was left.

        Raises:
            SourceError: There is no frame between start and end.
        """
        return self._frames

    def stop(self) -> None:
        """Say that no further frames are wanted, which ends a wait for a silent pipe.

        May be called from any thread, and more than once.
        """

    def close(self) -> None:
        """Stop reading. May be called more than once."""
        self._frames.close()
