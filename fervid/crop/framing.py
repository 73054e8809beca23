"""FER framing: how large and where a face lies in the pictures of FER2013.

A network knows faces as its training data framed them, so a crop must be framed the same way. The figures are medians
over FER2013, in units of the side of its square pictures; ``benchmarks/detectors.py --fer`` measures them (how widely
the pictures are padded for the detector moves BlazeFace's by up to 0.02).
"""

from __future__ import annotations

import math
from typing import Final

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face

EYE_DISTANCE: Final = 0.369
EYES_CENTRE: Final = Point(0.5, 0.4025)
BLAZEFACE_BOX: Final = Box(0.068, 0.167, 0.854, 0.854)
HAAR_BOX: Final = Box(0.016, 0.010, 0.964, 0.964)

# Eyes that are much closer together than in a frontal face belong to a profile, or are wrong: framed by them, the crop
# would be a detail. 97 of 100 faces of FER2013 have at least 0.3.
_LEAST_EYES_TO_BOX: Final = 0.3
_MOST_EYES_TO_BOX: Final = 0.6


def square(face: Face) -> Box:
    """The square of `face` that FER2013 would show: by its eyes, or by its box where the eyes are missing or odd."""
    if face.eyes is not None:
        right, left = face.eyes
        distance = right.distance(left)
        if _LEAST_EYES_TO_BOX * face.box.width <= distance <= _MOST_EYES_TO_BOX * face.box.width:
            side = distance / EYE_DISTANCE
            centre_x, centre_y = (right.x + left.x) / 2, (right.y + left.y) / 2
            return Box(centre_x - EYES_CENTRE.x * side, centre_y - EYES_CENTRE.y * side, side, side)
    return square_of(face.box, BLAZEFACE_BOX)


def square_of(box: Box, convention: Box) -> Box:
    """The square in which a detector's median box is `convention`, when that detector's box is `box`."""
    side = math.sqrt(max(0.0, box.width * box.height) / convention.area)
    return Box(
        box.centre.x - convention.centre.x * side,
        box.centre.y - convention.centre.y * side,
        side,
        side,
    )


def box_in(square: Box, convention: Box) -> Box:
    """The box that a detector with this `convention` would draw around the face framed by `square`."""
    return Box(
        square.x + convention.x * square.width,
        square.y + convention.y * square.height,
        convention.width * square.width,
        convention.height * square.height,
    )
