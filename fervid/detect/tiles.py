"""Squares of a picture, and faces in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face


class Tile(NamedTuple):
    """A square of a picture, in pixels; it may reach beyond the picture's edges.

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


def moved(face: Face, tile: Tile) -> Face:
    """Return `face`, found in `tile`, in pixels of the whole picture."""
    box = face.box._replace(x=face.box.x + tile.left, y=face.box.y + tile.top)
    return Face(box, face.score, tuple(Point(point.x + tile.left, point.y + tile.top) for point in face.keypoints))


def is_whole(box: Box, tile: Tile, width: int, height: int) -> bool:
    """Return True unless an edge of the tile cuts `box`; the edges of the picture may."""
    return (
        (tile.left <= 0 or box.x > tile.left)
        and (tile.top <= 0 or box.y > tile.top)
        and (tile.left + tile.side >= width or box.right < tile.left + tile.side)
        and (tile.top + tile.side >= height or box.bottom < tile.top + tile.side)
    )
