"""The interface of the search for faces in a sequence of frames, and the simplest search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from fervid.core.readings import Face, Frame
from fervid.detect.base import Detector


@dataclass(frozen=True, slots=True)
class Searched:
    """A frame and the faces in it.

    Attributes:
        frame: The frame.
        faces: Its faces in its pixels, the best first.
        is_cut: True if a new scene begins with this frame; None where the search does not tell.
        seen: Everything in it that is to be hidden, in its pixels; empty where nothing is.
    """

    frame: Frame
    faces: Sequence[Face]
    is_cut: bool | None = None
    seen: Sequence[Face] = ()


class Search(Protocol):
    """A search for faces in the frames of one source, one after the other."""

    def add(self, frame: Frame, *, is_cut: bool | None = None) -> Iterator[Searched]:
        """Take the next frame, and yield those that are done, in order.

        Args:
            frame: A frame, later than the one before, with square pixels. Sizes may change from frame to frame. Only a
                bounded number of frames wait for later ones.
            is_cut: True if a new scene begins with this frame; None where that is not known yet.
        """
        ...

    def flush(self) -> Iterator[Searched]:
        """Yield the frames that still wait, in order. More may be added afterwards."""
        ...


class EveryFrame:
    """A search that detects faces in every frame by itself.

    Args:
        detector: Detects them. It stays open.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def add(self, frame: Frame, *, is_cut: bool | None = None) -> Iterator[Searched]:
        """Yield the frame with its faces. See `Search`."""
        yield Searched(frame, self._detector.detect(frame.pixels), is_cut)

    def flush(self) -> Iterator[Searched]:
        """Yield nothing, because no frame waits. See `Search`."""
        return iter(())
