"""Brushes: lines, bars and plates are painted with them, on an image or on the planes of a video frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.draw.layout import Rect
from fervid.draw.plates import Bgr, Plate, blend
from fervid.video.conversion import Planes, ToYuv


class Brush(Protocol):
    """A tool to paint on a picture with. All that is painted must lie inside the picture."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture, in pixels."""
        ...

    def fill(self, rect: Rect, ink: Bgr) -> None:
        """Paint a rectangle of one colour."""
        ...

    def bar(self, track: Rect, length: float, ink: Bgr) -> None:
        """Paint a bar from the left end of its track. Its last column is blended, so that it grows smoothly.

        Args:
            track: Where it can be.
            length: Its length, 0 to the width of the track, in pixels.
            ink: Its colour.
        """
        ...

    def blend(self, plate: Plate, x: int, y: int) -> None:
        """Blend a plate into the picture, with its top left corner at (`x`, `y`)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class ImageBrush:
    """A brush for an image.

    Attributes:
        image: (height, width, 3) uint8, blue green red. It is modified.
    """

    image: NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """See `Brush`."""
        return int(self.image.shape[1]), int(self.image.shape[0])

    def fill(self, rect: Rect, ink: Bgr) -> None:
        """See `Brush`."""
        self.image[rect.y : rect.bottom, rect.x : rect.right] = ink

    def bar(self, track: Rect, length: float, ink: Bgr) -> None:
        """See `Brush`."""
        _grow(self.image[track.y : track.bottom], track.x, track.x + length, ink)

    def blend(self, plate: Plate, x: int, y: int) -> None:
        """See `Brush`."""
        plate.blend(self.image, x, y)


@dataclass(frozen=True, slots=True, eq=False)
class PlanesBrush:
    """A brush for a frame in YUV, of which nothing has to be converted.

    Where chroma has half the resolution, thin lines and bars keep their colour, as `ToYuv.cover` says.

    Attributes:
        planes: The planes of luma and both chromas, which are modified.
        to_yuv: Converts colours to those of the frame.
    """

    planes: Planes
    to_yuv: ToYuv

    @property
    def size(self) -> tuple[int, int]:
        """See `Brush`."""
        return int(self.planes[0].shape[1]), int(self.planes[0].shape[0])

    def fill(self, rect: Rect, ink: Bgr) -> None:
        """See `Brush`."""
        self.to_yuv.cover(self.planes, ink, rect.x, rect.y, rect.right, rect.bottom)

    def bar(self, track: Rect, length: float, ink: Bgr) -> None:
        """See `Brush`."""
        for plane, value, step in zip(self.planes, self.to_yuv.values(ink), self.to_yuv.steps, strict=True):
            rows = plane[math.ceil(track.y / step) : math.ceil(track.bottom / step)]
            _grow(rows, math.ceil(track.x / step), (track.x + length) / step, value)

    def blend(self, plate: Plate, x: int, y: int) -> None:
        """See `Brush`."""
        grid = self.to_yuv.steps[1]
        right, down = x % grid, y % grid
        layers = _layers(plate, self.to_yuv, right, down)
        for plane, (added, transparency), step in zip(self.planes, layers, self.to_yuv.steps, strict=True):
            height, width = added.shape
            left, top = (x - right) // step, (y - down) // step
            blend(plane[top : top + height, left : left + width], added, transparency)


@lru_cache(maxsize=256)
def _layers(
    plate: Plate, to_yuv: ToYuv, right: int, down: int
) -> tuple[tuple[NDArray[np.uint8], NDArray[np.uint8]], ...]:
    """Return what each plane gets from a plate; see `ToYuv.layers`.

    Args:
        plate: The plate.
        to_yuv: Converts it.
        right: The pixels from the first one that a sample of chroma is for to the left edge of the plate.
        down: The same from above to its top edge.
    """
    grid = to_yuv.steps[1]
    below, beside = (plate.height + down) % grid, (plate.width + right) % grid
    borders = (down, below, right, beside, cv2.BORDER_CONSTANT)
    premultiplied = cv2.copyMakeBorder(plate.premultiplied, *borders, value=(0, 0, 0))
    transparency = cv2.copyMakeBorder(plate.transparency, *borders, value=(255, 255, 255))
    return to_yuv.layers(np.asarray(premultiplied, np.uint8), np.asarray(transparency[..., 0], np.uint8))


def _grow(rows: NDArray[np.uint8], begin: int, end: float, ink: Bgr | int) -> None:
    """Paint columns from `begin` to `end`, in an image or a plane, and blend the one in which `end` lies."""
    whole, part = math.floor(end), end % 1
    rows[:, begin:whole] = ink
    if part and whole >= begin:
        column = rows[:, whole]
        column[:] = column * (1 - part) + np.array(ink) * part
