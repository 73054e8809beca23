"""Faces whose FER square is known."""

from __future__ import annotations

import math

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.crop.framing import BLAZEFACE_BOX, box_from_square


def face_at(x: float, y: float, side: float, tilt: float = 0.0) -> Face:
    """Return a face whose FER square has this corner and side, with the eyes tilted by `tilt` degrees."""
    middle = Point(x + 0.5 * side, y + 0.4025 * side)
    dx, dy = (0.369 * side / 2 * part(math.radians(tilt)) for part in (math.cos, math.sin))
    eyes = (Point(middle.x - dx, middle.y - dy), Point(middle.x + dx, middle.y + dy))
    return Face(box_from_square(Box(x, y, side, side), BLAZEFACE_BOX), 0.9, eyes)
