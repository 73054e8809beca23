"""Faces that are small against the picture, found by looking at parts of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain, product, takewhile
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.closing import Closing
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.core.regions import EVERYWHERE, Regions
from fervid.detect.base import Detector, distinct

_OVERLAP: Final = 0.4
"""The overlap of two tiles, as a fraction of their side: a face this large is found in a tile of twice the size."""

_LEAST_SIDE: Final = 256
"""The smallest side of a tile in pixels: in smaller ones BlazeFace finds faces that are too small to classify."""

_STRICTER: Final = 0.4
"""The part of the way to 1 by which a face in a tile must score higher, as each look may find a false face."""


class Tile(NamedTuple):
    """A square of a picture, in pixels; it may reach beyond the picture's right and bottom edges.

    Attributes:
        left: The x of its left edge.
        top: The y of its top edge.
        side: The length of its sides.
    """

    left: int
    top: int
    side: int

    def shows(self, areas: Sequence[Box]) -> bool:
        """Return True if a part of any of these areas lies in the square, or if there are none."""
        square = Box(self.left, self.top, self.side, self.side)
        return not areas or any(square.intersection(area).area > 0 for area in areas)


class TiledDetector(Closing):
    """Looks at the whole picture, then at overlapping squares of half its longer side, of a quarter, and so on.

    BlazeFace sees any picture in 128 or 192 pixels, so it finds no face below about 15 % of the picture's width. A face
    in a square counts where it lies wholly in that square; of faces that lie on each other, the best counts.

    Args:
        detector: Looks at the picture and at each square; closed with this one.
        depth: How often the squares are halved at most; they do not become smaller than 256 pixels.
        min_score: The least score of a face in the whole picture, 0 to 1; in a square it must be higher, 0.7 for 0.5.
        regions: The parts of a picture in which faces count; squares beside them are not looked at.

    Attributes:
        whole: The detector that looks, at the whole of what it is given.
    """

    def __init__(self, detector: Detector, depth: int, min_score: float, regions: Regions = EVERYWHERE) -> None:
        self.whole = detector
        self._depth = depth
        self._min_score_in_tile = stricter(min_score)
        self._regions = regions

    @property
    def name(self) -> str:
        """The name of the detector that looks."""
        return self.whole.name

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces in `image`, the best first; see `Detector`."""
        found = chain(self.detect_whole(image), *(self.detect_in(tile, image) for tile in self.tiles(image)))
        return distinct(sorted(found, key=lambda face: -face.score))

    def detect_whole(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces that one look at the whole of `image` finds."""
        return self.whole.detect(image)

    def detect_in(self, tile: Tile, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces that lie wholly in `tile`, in pixels of `image`."""
        pixels = Pixels.of(image)
        width, height = pixels.width, pixels.height
        right, bottom = min(tile.left + tile.side, width), min(tile.top + tile.side, height)
        found = self.whole.detect(pixels.within(tile.left, tile.top, right, bottom))
        faces = [moved(face, tile) for face in found if face.score >= self._min_score_in_tile]
        return [face for face in faces if is_whole(face.box, tile, width, height)]

    def tiles(self, image: NDArray[np.uint8] | Pixels) -> list[Tile]:
        """Return all squares of `image` to look at, the largest first."""
        pixels = Pixels.of(image)
        width, height = pixels.width, pixels.height
        tiles = [
            Tile(left, top, side)
            for side in self._sides(width, height)
            for top, left in product(_starts(height, side), _starts(width, side))
        ]
        areas = self._regions.boxes(Canvas(width, height))
        return [tile for tile in tiles if tile.shows(areas)]

    def least_side(self, width: int, height: int) -> int:
        """Return the side of the smallest square to look at in a picture of this size, which may be all of it."""
        return min(self._sides(width, height), default=max(width, height))

    def _sides(self, width: int, height: int) -> list[int]:
        sides = (math.ceil(max(width, height) / 2**level) for level in range(1, self._depth + 1))
        return list(takewhile(lambda side: side >= _LEAST_SIDE, sides))

    def close(self) -> None:
        """Close the detector. May be called twice."""
        self.whole.close()


def stricter(min_score: float) -> float:
    """Return the least score of a new face in a part of a picture, 0 to 1: 0.7 for a `min_score` of 0.5."""
    return min_score + _STRICTER * (1 - min_score)


def _starts(length: int, side: int) -> list[int]:
    """Return where along `length` tiles begin, evenly, each overlapping the next by `_OVERLAP` at least."""
    room = length - side
    if room <= 0:
        return [0]
    steps = math.ceil(room / (side * (1 - _OVERLAP)))
    return [round(step * room / steps) for step in range(steps + 1)]


def moved(face: Face, tile: Tile) -> Face:
    """Return `face`, found in `tile`, in pixels of the whole picture."""
    box = face.box._replace(x=face.box.x + tile.left, y=face.box.y + tile.top)
    return Face(box, face.score, tuple(Point(point.x + tile.left, point.y + tile.top) for point in face.keypoints))


def is_whole(box: Box, tile: Tile, width: int, height: int) -> bool:
    """Return True unless an edge of the tile cuts `box`; the edges of the picture may."""
    return (
        (tile.left == 0 or box.x > tile.left)
        and (tile.top == 0 or box.y > tile.top)
        and (tile.left + tile.side >= width or box.right < tile.left + tile.side)
        and (tile.top + tile.side >= height or box.bottom < tile.top + tile.side)
    )
