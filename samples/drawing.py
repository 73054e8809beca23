"""Drawing of a person into an image, at any position and size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.expressions import blend
from samples.people import ADA, Person
from samples.portrait import LEFT, TOP, portrait

BOX_SIDE: Final = 2.39
"""The side of a face's box, in distances between the eyes."""

BOX_CENTRE: Final = (0.0, 0.60)
"""The middle of the box in the same unit, seen from the middle between the eyes."""

_STEPS: Final = 12  # shares and blinks are rounded to twelfths, so that one portrait serves many frames


class Box(NamedTuple):
    """The bounding box of a face in pixels, as BlazeFace would find it: a square from the brows to the chin."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Return the share of this box that `other` covers, 0 to 1."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(0.0, width) * max(0.0, height) / (self.width * self.height)


def face_box(centre: tuple[float, float], size: float) -> Box:
    """Return the bounding box of a face that `draw_face` draws upright with this centre and size."""
    return Box(centre[0] - size / 2, centre[1] - size / 2, size, size)


def draw_face(
    image: NDArray[np.uint8],
    centre: tuple[float, float],
    size: float,
    expression: str | Mapping[str, float] = "neutral",
    *,
    person: Person = ADA,
    tilt: float = 0.0,
    blink: float = 0.0,
) -> Box:
    """Draw head and shoulders of a person.

    Args:
        image: The image to draw into, (height, width, 3) uint8, blue green red.
        centre: The centre of the bounding box, in pixels. May lie outside the image.
        size: The side of the bounding box, in pixels.
        expression: A name from `samples.expressions.EXPRESSIONS`, or the shares of several by name.
        person: The person to draw.
        tilt: The tilt of the head to the right of the image, in degrees.
        blink: 0 for open eyes, 1 for closed ones.

    Returns:
        The bounding box of the face.

    Raises:
        ValueError: An expression is unknown.
    """
    weights = {expression: 1.0} if isinstance(expression, str) else expression
    shares = tuple((name, round(share * _STEPS)) for name, share in sorted(weights.items()) if share * _STEPS >= 0.5)
    unit = size / BOX_SIDE
    sheet_unit = _sheet_unit(unit)
    picture = _picture(person, shares, round(blink * _STEPS), sheet_unit)
    _lay(image, picture, _placement(centre, unit, sheet_unit, tilt))
    return face_box(centre, size)


def _sheet_unit(unit: float) -> int:
    # Portraits are painted in a few sizes only, and shrunk from the next larger one.
    return math.ceil(1.12 ** math.ceil(math.log(unit, 1.12)))


@lru_cache(maxsize=32)
def _picture(person: Person, shares: tuple[tuple[str, int], ...], blink: int, unit: int) -> NDArray[np.uint8]:
    return portrait(person, blend(dict(shares)), blink / _STEPS, unit).bgra()


def _placement(centre: tuple[float, float], unit: float, sheet_unit: int, tilt: float) -> NDArray[np.float64]:
    """Return the (2, 3) matrix that maps the pixels of a portrait to those of the image."""
    scale, angle = unit / sheet_unit, math.radians(tilt)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]) * scale
    pivot = np.array([BOX_CENTRE[0] - LEFT, BOX_CENTRE[1] - TOP]) * sheet_unit
    return np.column_stack([turn, np.array(centre) - turn @ pivot])


def _lay(image: NDArray[np.uint8], picture: NDArray[np.uint8], placement: NDArray[np.float64]) -> None:
    height, width = picture.shape[:2]
    corners = np.array([(0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)]) @ placement.T
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(corners.max(axis=0)).astype(int), (image.shape[1], image.shape[0]))
    if right <= left or bottom <= top:
        return
    shift = np.array([[0, 0, left], [0, 0, top]])
    placed = cv2.warpAffine(picture, placement - shift, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    part = image[top:bottom, left:right]
    rest = cv2.cvtColor(255 - placed[..., 3], cv2.COLOR_GRAY2BGR)
    cv2.multiply(part, rest, dst=part, scale=1 / 255)
    cv2.add(part, cv2.cvtColor(placed, cv2.COLOR_BGRA2BGR), dst=part)
