"""Hides faces in a picture, so that nobody can bring them back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box
from fervid.core.readings import FrameReading

_CELLS: Final = 1.5
"""Across a face, two by three for a head: so few that eyes, nose and mouth run into one, however large the face is."""

# A face's box reaches from the brows to the chin; in widths and heights of it, what a head with its hair adds at most.
_BESIDE: Final = 0.4
_ABOVE: Final = 0.7
_BELOW: Final = 0.3

_HELD_S: Final = 0.5
"""How long a place stays hidden after the face there was lost; as long as a track may be lost."""

_WIDTHS_PER_SECOND: Final = 1.0
_MOST_WIDTHS: Final = 1.0

_SAME_PLACE: Final = 0.3


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a face was seen, and when, in seconds."""

    box: Box
    time: float


class Blur:
    """Hides every face of a video or picture; remembers where the last ones were, so use a fresh one for each source.

    A place stays hidden for half a second after its face was lost, and grows meanwhile, because the face may have
    moved; the same on frames that were passed over.
    """

    def __init__(self) -> None:
        self._places: list[_Place] = []
        self._looked = 0.0

    def hide(self, image: NDArray[np.uint8], reading: FrameReading) -> None:
        """Hide all that `reading` tells of, and what was there a moment ago.

        Args:
            image: (height, width, 3) uint8, blue green red; it is painted on, so it must belong to the caller.
            reading: What was read in it, in the order of time.
        """
        if reading.analysed:
            self._look(reading)
        for place in self._places:
            hide(image, place.box, moved=_moved(reading.time - place.time))

    def _look(self, reading: FrameReading) -> None:
        boxes = [*reading.seen, *(face.box for face in reading.faces)]
        held = [
            place
            for place in self._places
            if (place.time == self._looked or reading.time - place.time <= _HELD_S)
            and not any(place.box.iou(box) >= _SAME_PLACE for box in boxes)
        ]
        self._places = held + [_Place(box, reading.time) for box in boxes]
        self._looked = reading.time


def hide(image: NDArray[np.uint8], face: Box, *, moved: float = 0.0) -> None:
    """Put a few blurred colours in the place of the head around `face`.

    The head is reduced to the means of cells two thirds of the face wide, and these are spread smoothly over it. A
    blur with a kernel is a convolution, which can be undone; this keeps six colours and throws the rest away.

    Args:
        image: (height, width, 3) uint8; it is painted on.
        face: Its box, from the brows to the chin; any part of the head may lie outside of the picture.
        moved: How far the face may be from there in any direction, in widths of it.
    """
    height, width = image.shape[:2]
    beside, above, below = _BESIDE + moved, _ABOVE + moved, _BELOW + moved
    left, right = _pixels(face.x - beside * face.width, face.right + beside * face.width, width)
    top, bottom = _pixels(face.y - above * face.height, face.bottom + below * face.height, height)
    part = image[top:bottom, left:right]
    if not part.size:
        return
    cell = max(face.width, face.height) / _CELLS
    few = (max(1, int((right - left) / cell)), max(1, int((bottom - top) / cell)))
    means = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
    part[:] = cv2.resize(means, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)


def _moved(elapsed: float) -> float:
    """How far a face may have come, in its own widths, so many seconds after it was seen."""
    return min(max(0.0, elapsed) * _WIDTHS_PER_SECOND, _MOST_WIDTHS)


def _pixels(start: float, end: float, length: int) -> tuple[int, int]:
    """The whole pixels, of `length`, that lie between `start` and `end`, at least in part."""
    return max(0, int(np.floor(start))), min(length, int(np.ceil(end)))
