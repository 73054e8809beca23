"""Irreversible blurring of faces."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.geometry import Box
from fervid.core.readings import Frame, FrameReading
from fervid.draw.layout import Rect

_CELLS: Final = 1.5
"""Cells across a face, which makes 2 by 3 for a head: too few to tell eyes, nose and mouth apart, at any size."""

# A bounding box reaches from the brows to the chin. A head with its hair extends beyond it by these shares of the width
# (on each side) and height.
_BESIDE: Final = 0.4
_ABOVE: Final = 0.7
_BELOW: Final = 0.3

_HOLD_S: Final = 0.5
"""Seconds for which an area stays blurred after its face was lost; as long as a track may be lost."""

# The distance that a lost face may move, in face widths: for each second, and at most.
_WIDTHS_PER_SECOND: Final = 1.0
_MAX_WIDTHS: Final = 1.0

_SAME_FACE_IOU: Final = 0.3  # the overlap at which a box is taken for that of an earlier face


@dataclass(frozen=True, slots=True)
class _Sighting:
    """The last box of a face, in pixels, and its time, in seconds."""

    box: Box
    time: float


class Blur:
    """A blur of every face in a video or picture.

    An area stays blurred for half a second after its face was lost, and grows meanwhile, because the face may have
    moved. The same holds for frames that ``every`` passes over, and where the size of the frames changes. Each source
    needs a `Blur` of its own, since it remembers the faces of the frames before.
    """

    def __init__(self) -> None:
        self._sightings: list[_Sighting] = []
        self._last_analysed = 0.0  # in seconds
        self._size: Canvas | None = None

    def hide(self, image: NDArray[np.uint8], reading: FrameReading) -> None:
        """Blur all faces of a frame, and the areas of those that were lost a moment ago.

        Args:
            image: The frame, (height, width, 3) uint8, blue green red. It is modified, so it must be a copy.
            reading: The reading of that frame, in its pixels; later than the one before.
        """
        for head in self.heads(Canvas(image.shape[1], image.shape[0]), reading):
            head.hide(image)

    def heads(self, size: Canvas, reading: FrameReading) -> list[Head]:
        """Return what is to be hidden in a frame.

        Args:
            size: The size of the frame.
            reading: The reading of that frame, in its pixels; later than the one before.
        """
        self._follow_size(size)
        if reading.analysed:
            self._remember(reading)
        return [Head.around(sighting.box, size, _margin(reading.time - sighting.time)) for sighting in self._sightings]

    def hidden(self, frame: Frame, reading: FrameReading) -> Frame:
        """Return a copy of a frame, which lies on its canvas, with all its faces blurred, as by `hide`."""
        image = frame.image.copy()
        self.hide(image, reading)
        return dataclasses.replace(frame, content=image)

    def _follow_size(self, size: Canvas) -> None:
        """Scale the areas where the frame has another size than the one before."""
        if self._size is not None and self._size != size:
            place = size.follow(self._size)
            self._sightings = [_Sighting(place.box(sighting.box), sighting.time) for sighting in self._sightings]
        self._size = size

    def _remember(self, reading: FrameReading) -> None:
        boxes = [*reading.seen, *reading.left_out, *(face.box for face in reading.faces)]
        kept = [
            sighting
            for sighting in self._sightings
            if (sighting.time == self._last_analysed or reading.time - sighting.time <= _HOLD_S)
            and not any(sighting.box.iou(box) >= _SAME_FACE_IOU for box in boxes)
        ]
        self._sightings = kept + [_Sighting(box, reading.time) for box in boxes]
        self._last_analysed = reading.time


def hide(image: NDArray[np.uint8], face: Box, *, margin: float = 0.0) -> None:
    """Hide the head around a face; see `Head`.

    Args:
        image: (height, width, 3) uint8. It is modified.
        face: The bounding box, from the brows to the chin, in pixels. The head may extend beyond the image.
        margin: Extra distance to cover in every direction, in widths (and heights) of the face.
    """
    Head.around(face, Canvas(image.shape[1], image.shape[0]), margin).hide(image)


@dataclass(frozen=True, slots=True)
class Head:
    """A head to hide.

    Attributes:
        area: The part of the image that shows it; without pixels where it is outside the image.
        cell: The side of the cells of which the mean colours remain, in pixels.
    """

    area: Rect
    cell: float

    @classmethod
    def around(cls, face: Box, size: Canvas, margin: float) -> Head:
        """Return the head around a face, in an image of this size; see `hide`."""
        beside, above, below = _BESIDE + margin, _ABOVE + margin, _BELOW + margin
        left, right = _pixels(face.x - beside * face.width, face.right + beside * face.width, size.width)
        top, bottom = _pixels(face.y - above * face.height, face.bottom + below * face.height, size.height)
        return cls(Rect(left, top, right - left, bottom - top), max(face.width, face.height, 1.0) / _CELLS)

    def hide(self, image: NDArray[np.uint8]) -> None:
        """Replace the head by a smooth gradient of a few colours.

        The head is reduced to the mean colours of cells two thirds of the face wide, which are then interpolated. A
        blur with a kernel is a convolution, which can be reversed; this keeps six colours and discards the rest.

        Args:
            image: (height, width, 3) uint8. It is modified.
        """
        area = self.area
        if not area:
            return
        part = image[area.y : area.bottom, area.x : area.right]
        few = (max(1, int(area.width / self.cell)), max(1, int(area.height / self.cell)))
        means = cv2.resize(part, few, interpolation=cv2.INTER_AREA)
        part[:] = cv2.resize(means, (area.width, area.height), interpolation=cv2.INTER_LINEAR)


def _margin(elapsed: float) -> float:
    """Return how far a face may have moved in these seconds, in its own widths."""
    return min(max(0.0, elapsed) * _WIDTHS_PER_SECOND, _MAX_WIDTHS)


def _pixels(start: float, end: float, length: int) -> tuple[int, int]:
    """Return the range of pixels, within 0 to `length`, that lie at least partly between `start` and `end`."""
    return max(0, int(np.floor(start))), max(0, min(length, int(np.ceil(end))))
