"""FER framing: the position and size of a face in the images of FER2013.

A network expects faces as its training data frames them, so a crop has to be framed in the same way. The figures are
medians over FER2013, in units of the side of its square images. ``python benchmarks/detectors.py --fer`` measures them;
the amount of padding around the images there changes those of BlazeFace by up to 0.02.
"""

from __future__ import annotations

import math
from typing import Final

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face

EYE_DISTANCE: Final = 0.369
"""The distance between the eyes."""

EYES_CENTRE: Final = Point(0.5, 0.4025)
"""The midpoint between the eyes."""

BLAZEFACE_BOX: Final = Box(0.068, 0.167, 0.854, 0.854)
"""The box that BlazeFace finds."""

HAAR_BOX: Final = Box(0.016, 0.010, 0.964, 0.964)
"""The box that OpenCV's frontal Haar cascade finds."""

# Bounds for the eye distance, in widths of the box. Eyes closer together belong to a profile or are wrong, and a crop
# framed by them would show only a detail. 97 of 100 faces in FER2013 are at 0.3 or above.
_MIN_EYE_DISTANCE: Final = 0.3
_MAX_EYE_DISTANCE: Final = 0.6


def fer_square(face: Face) -> Box:
    """Return the square around a face that an image of FER2013 would show, in pixels of the frame.

    It is derived from the eyes, or from the box where the eyes are missing or implausible.
    """
    if face.eyes is not None:
        right, left = face.eyes
        distance = right.distance(left)
        if _MIN_EYE_DISTANCE * face.box.width <= distance <= _MAX_EYE_DISTANCE * face.box.width:
            side = distance / EYE_DISTANCE
            centre_x, centre_y = (right.x + left.x) / 2, (right.y + left.y) / 2
            return Box(centre_x - EYES_CENTRE.x * side, centre_y - EYES_CENTRE.y * side, side, side)
    return square_from_box(face.box, BLAZEFACE_BOX)


def square_from_box(box: Box, convention: Box) -> Box:
    """Return the FER square of a face, given its box.

    Args:
        box: The box that a detector found, in pixels.
        convention: The median box of that detector in the unit square, such as `BLAZEFACE_BOX`.
    """
    side = math.sqrt(max(0.0, box.width * box.height) / convention.area)
    return Box(
        box.centre.x - convention.centre.x * side,
        box.centre.y - convention.centre.y * side,
        side,
        side,
    )


def box_from_square(square: Box, convention: Box) -> Box:
    """Return the box that a detector would find, given the FER square of the face. The inverse of `square_from_box`.

    Args:
        square: The FER square, in pixels.
        convention: The median box of that detector in the unit square, such as `HAAR_BOX`.
    """
    return Box(
        square.x + convention.x * square.width,
        square.y + convention.y * square.height,
        convention.width * square.width,
        convention.height * square.height,
    )
