"""Videos of crowds: people drawn where `benchmarks.crowds` places them, before a background."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.crowds import HEIGHT, WIDTH, Crowd, box_at
from fervid.core.geometry import Box
from fervid.core.readings import Frame
from samples.drawing import draw_face
from samples.people import somebody
from samples.scenery import SCENERIES

_SHRUNK: Final = 2  # the frames are drawn at half the size of the crowd
_EMPTY: Final = ("room", "garden", "hills")
_PILLAR: Final = (120, 124, 128)
_TICKS: Final = 90_000


def draw(crowd: Crowd, random: np.random.Generator) -> Iterator[tuple[Frame, dict[int, Box]]]:
    """Yield the frames of a crowd, 640x360, and in each the box of every visible face by the number of its visit.

    A face of which less than 60 % is visible is left out.
    """
    count = crowd.present.shape[1]
    people = [somebody(str(number), random) for number in range(1 if crowd.alike else count)] * count
    visible, visits = crowd.visible(), crowd.visits()
    begins = sorted(crowd.cuts)
    for index, time in enumerate(crowd.times):
        scenery = _EMPTY[bisect_right(begins, index) % len(_EMPTY)]
        image = _background(crowd, index, scenery)
        truth = {}
        for number in range(count):
            box = box_at(crowd.places[index, number] / _SHRUNK)
            draw_face(image, box.centre, box.width, person=people[number])
            if not crowd.present[index, number]:
                cv2.rectangle(image, *_corners(box), _PILLAR, cv2.FILLED)
            elif visible[index, number] >= 0.6:
                truth[int(visits[index, number])] = box
        cv2.GaussianBlur(image, (0, 0), 0.6, dst=image)
        yield Frame(image, index, round(time * _TICKS), Fraction(1, _TICKS)), truth


def _background(crowd: Crowd, index: int, scenery: str) -> NDArray[np.uint8]:
    image = SCENERIES[scenery](WIDTH // _SHRUNK, HEIGHT // _SHRUNK, 0.0).copy()
    if crowd.camera is None:
        return image
    x, y = crowd.camera[index] / _SHRUNK
    shift = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    size = (image.shape[1], image.shape[0])
    return cv2.warpAffine(image, shift, size, borderMode=cv2.BORDER_REFLECT_101).astype(np.uint8)


def _corners(box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the corners of a pillar wide enough to hide the head."""
    side = box.width
    return (round(box.x - side / 2), round(box.y - side)), (round(box.right + side / 2), round(box.bottom + side))
