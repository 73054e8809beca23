"""What every source of frames is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.video.colour import Colour


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source before its frames are read.

    Attributes:
        path: The file or folder.
        width: Of the upright picture, in pixels.
        height: Of the upright picture, in pixels.
        time_base: The unit of the frames' `pts`, in seconds.
        rate: Average frames a second; None where unknown. For display and for an encoder's hint, never for times.
        frames: How many frames to expect, for progress alone (headers can be wrong); None where unknown.
        start: The container clock's first time in seconds, for progress alone.
        duration: In seconds, for progress alone; None where unknown.
        colour: How the stored picture encodes colour.
        has_audio: Whether there is sound to carry over.
        still: True for a picture, or a folder of pictures.
        pixel_aspect: Width to height of one pixel of the upright picture; old television material has other than 1.
    """

    path: Path
    width: int
    height: int
    time_base: Fraction
    rate: Fraction | None = None
    frames: int | None = None
    start: float = 0.0
    duration: float | None = None
    colour: Colour = Colour()
    has_audio: bool = False
    still: bool = False
    pixel_aspect: Fraction = Fraction(1)


class Source(Closing, Protocol):
    """A sequence of frames, read once from its beginning to its end, in the order of presentation."""

    @property
    def info(self) -> SourceInfo:
        """What is known before the frames are read."""
        ...

    @property
    def undecodable(self) -> int:
        """How many packets or pictures did not decode so far; they have no frame."""
        ...

    @property
    def damage(self) -> str | None:
        """One line about what was wrong with the file so far (cut off, corrupt); None while all is well."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Decode frame after frame.

        Raises:
            SourceError: Not a single frame can be had.
        """
        ...

    def close(self) -> None:
        """Let go of the file. May be called twice, and from a thread other than the reader's once that has ended."""
        ...


class LiveSource(Closing, Protocol):
    """Frames that come when they come: each is yielded as soon as it is there, and the reader must keep up.

    Times never go back. The size of the pictures, and their rate, may change at any frame.
    """

    @property
    def name(self) -> str:
        """What messages call it; never with a password."""
        ...

    @property
    def undecodable(self) -> int:
        """How many packets or pictures did not decode so far; they have no frame."""
        ...

    @property
    def arrived(self) -> float:
        """When the frame that was yielded last came, still encoded, in seconds of the monotonic clock."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Wait for frame after frame, until the source ends or `stop` is called.

        Raises:
            SourceError: It was unplugged, fell silent, or broke off.
        """
        ...

    def stop(self) -> None:
        """Ask the reader to leave; from any thread, once or more.

        It leaves with the next picture, or when the source is taken for silent.
        """
        ...

    def close(self) -> None:
        """Let go. May be called twice, and from a thread other than the reader's once that has ended."""
        ...
