"""Videos of crowds: people drawn where `benchmarks.crowds` places them, before a background."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.crowds import HEIGHT, VISIBLE, WIDTH, Crowd, box_at
from fervid.core.geometry import Box
from fervid.core.readings import Frame
from samples.drawing import draw_face
from samples.people import somebody
from samples.scenery import SCENERIES

_EMPTY: Final = ("room", "garden", "hills")
_PILLAR: Final = (120, 124, 128)
_TICKS: Final = 90_000


@dataclass(frozen=True, slots=True)
class Truth:
    """The faces of a frame.

    Attributes:
        visible: The box of each face of which at least 60 % is visible, by the number of its visit.
        hidden: The boxes of the others, which a detector may find or not.
    """

    visible: dict[int, Box]
    hidden: list[Box]


def draw(crowd: Crowd, random: np.random.Generator) -> Iterator[tuple[Frame, Truth]]:
    """Yield the frames of a crowd, 1280x720, with the faces of each. Hair and shoulders cover faces, too."""
    count = crowd.present.shape[1]
    people = [somebody(str(number), random) for number in range(1 if crowd.alike else count)] * count
    visits = crowd.visits()
    begins = sorted(crowd.cuts)
    for index, time in enumerate(crowd.times):
        scenery = _EMPTY[bisect_right(begins, index) % len(_EMPTY)]
        image = _background(crowd, index, scenery)
        nearest = np.full(image.shape[:2], -1)  # the person whom each pixel shows
        for number in range(count):
            before = image.copy()
            box = box_at(crowd.places[index, number])
            draw_face(image, box.centre, box.width, person=people[number])
            if not crowd.present[index, number]:
                cv2.rectangle(image, *_corners(box), _PILLAR, cv2.FILLED)
            nearest[(image != before).any(axis=2)] = number
        cv2.GaussianBlur(image, (0, 0), 0.6, dst=image)
        truth = Truth({}, [])
        for number in np.flatnonzero(crowd.present[index]):
            box = box_at(crowd.places[index, number])
            if _visible(box, nearest <= number) >= VISIBLE:
                truth.visible[int(visits[index, number])] = box
            else:
                truth.hidden.append(box)
        yield Frame(image, index, round(time * _TICKS), Fraction(1, _TICKS)), truth


def _visible(box: Box, uncovered: NDArray[np.bool_]) -> float:
    """Return the share of a box that is in the frame and not covered, 0 to 1."""
    inside = box.clipped(uncovered.shape[1], uncovered.shape[0])
    rows, columns = slice(round(inside.y), round(inside.bottom)), slice(round(inside.x), round(inside.right))
    part = uncovered[rows, columns]
    return float(part.mean()) * inside.area / box.area if part.size else 0.0


def _background(crowd: Crowd, index: int, scenery: str) -> NDArray[np.uint8]:
    image = SCENERIES[scenery](WIDTH, HEIGHT, 0.0).copy()
    if crowd.camera is None:
        return image
    x, y = crowd.camera[index]
    shift = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    size = (image.shape[1], image.shape[0])
    return cv2.warpAffine(image, shift, size, borderMode=cv2.BORDER_REFLECT_101).astype(np.uint8)


def _corners(box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the corners of a pillar wide enough to hide the head."""
    side = box.width
    return (round(box.x - side / 2), round(box.y - side)), (round(box.right + side / 2), round(box.bottom + side))
