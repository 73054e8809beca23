"""Drawn boxes that stand still while a face hardly moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from fervid.core.geometry import Box
from fervid.core.readings import FaceReading

SLACK: Final = 0.02
"""The distance of a drawn edge from the detected one, in widths of the face, below which it stays where it is."""


class SteadyBoxes:
    """The boxes to draw, one frame after the other.

    Detected boxes tremble by a pixel or two where a face is still. Each edge of a drawn box is left where it was while
    the detected one is near, and otherwise moved no farther than it must. So boxes, labels and panels are calm, and
    take fewer bytes in a video.
    """

    def __init__(self) -> None:
        self._drawn: dict[int, Box] = {}

    def follow(self, faces: Sequence[FaceReading]) -> list[FaceReading]:
        """Return the faces of the next frame with the boxes to draw.

        Args:
            faces: The faces, each with another `face_id`. One that was not in the frame before gets its own box.
        """
        boxes = {face.face_id: face.box for face in faces}
        self._drawn = {number: _near(self._drawn.get(number, box), box) for number, box in boxes.items()}
        return [replace(face, box=self._drawn[face.face_id]) for face in faces]


def _near(drawn: Box, box: Box) -> Box:
    """Return a box whose edges are those of `drawn`, as far as they may be so far from those of `box`."""
    slack = SLACK * box.width
    x, y, right, bottom = (
        min(max(edge, found - slack), found + slack)
        for edge, found in zip(
            (drawn.x, drawn.y, drawn.right, drawn.bottom), (box.x, box.y, box.right, box.bottom), strict=True
        )
    )
    return Box(x, y, right - x, bottom - y)
