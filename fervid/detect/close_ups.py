"""Close-ups: squares around faces, several neighbours in one where they fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fervid.core.geometry import Box
from fervid.detect.tiles import Tile

ALONE: Final = 3.0
"""The side of a close-up of one face, in widths of the face: the size at which the key points are the most precise."""

WIDE: Final = 5.0
"""The side of a close-up of a face that was missed, or of several, in widths of the smallest: it is found safely."""

_ROOM: Final = 0.5
"""The room beside each face of several, in its widths, in which it may have moved."""


def close_up(box: Box, width: int, height: int, *, sides: float = ALONE) -> Tile:
    """Return the square around a face, inside the picture as far as it fits unless an edge cuts the face.

    Half a face is found more safely in the middle of a square that is black beyond the edge than at the edge of one.

    Args:
        box: The face, in pixels.
        width: The width of the picture.
        height: The height of the picture.
        sides: The side of the square, in widths of the face.
    """
    side = sides * max(1.0, box.width, box.height)
    if box.x < 0 or box.y < 0 or box.right > width or box.bottom > height:
        whole = max(1, round(side))
        x, y = max(0.0, min(box.centre.x, width)), max(0.0, min(box.centre.y, height))
        return Tile(round(x - whole / 2), round(y - whole / 2), whole)
    return _inside(box, side, width, height)


def close_ups(boxes: Sequence[Box], width: int, height: int) -> list[tuple[Tile, list[int]]]:
    """Return squares that show all faces, each with the indices of the faces in its middle.

    Args:
        boxes: The faces, in pixels.
        width: The width of the picture.
        height: The height of the picture.
    """
    left = sorted(range(len(boxes)), key=lambda index: (boxes[index].y, boxes[index].x))
    squares = []
    while left:
        first = left.pop(0)
        group, area = [first], _roomy(boxes[first])
        smallest = max(1.0, boxes[first].width)
        for other in sorted(left, key=lambda index: boxes[index].centre.distance(boxes[first].centre)):
            joined, least = _union(area, _roomy(boxes[other])), min(smallest, max(1.0, boxes[other].width))
            if max(joined.width, joined.height) <= WIDE * least:
                group.append(other)
                area, smallest = joined, least
        left = [index for index in left if index not in group]
        if len(group) == 1:
            squares.append((close_up(boxes[first], width, height), group))
            continue
        largest = max(max(1.0, boxes[index].width, boxes[index].height) for index in group)
        side = max(ALONE * largest, area.width, area.height)
        squares.append((_inside(area, side, width, height), group))
    return squares


def _inside(box: Box, side: float, width: int, height: int) -> Tile:
    whole = round(min(side, max(width, height)))
    left, top = round(box.centre.x - whole / 2), round(box.centre.y - whole / 2)
    return Tile(max(0, min(left, width - whole)), max(0, min(top, height - whole)), max(1, whole))


def _roomy(box: Box) -> Box:
    across, down = _ROOM * box.width, _ROOM * box.height
    return Box(box.x - across, box.y - down, box.width + 2 * across, box.height + 2 * down)


def _union(one: Box, other: Box) -> Box:
    x, y = min(one.x, other.x), min(one.y, other.y)
    return Box(x, y, max(one.right, other.right) - x, max(one.bottom, other.bottom) - y)
