"""Drawing of a person into an image."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from samples.drawing import Box, draw_face
from samples.expressions import EXPRESSIONS
from samples.people import BEN, PEOPLE


def wall(width: int = 160, height: int = 120) -> NDArray[np.uint8]:
    return np.full((height, width, 3), (150, 170, 160), np.uint8)


def test_the_box_is_a_square_around_the_given_centre() -> None:
    assert draw_face(wall(), (80, 50), 60) == Box(50, 20, 60, 60)


def test_only_the_surroundings_of_the_face_are_painted() -> None:
    image = wall()
    draw_face(image, (110, 50), 40)
    assert np.all(image[30:70, 90:130] != wall()[30:70, 90:130], axis=2).mean() > 0.8
    assert np.array_equal(image[:, :50], wall()[:, :50])


def test_a_face_outside_the_image_changes_nothing() -> None:
    image = wall()
    draw_face(image, (900, 50), 60)
    assert np.array_equal(image, wall())


def test_a_face_may_extend_beyond_the_edge() -> None:
    whole, cut = wall(), wall()
    draw_face(whole, (80, 50), 60)
    draw_face(cut, (0, 50), 60)
    difference = np.abs(whole[:, 80:120].astype(int) - cut[:, :40])
    assert difference.max() <= 4  # where the pixels were interpolated from is rounded differently
    assert difference.mean() < 0.05


@pytest.mark.parametrize("name", [name for name in EXPRESSIONS if name != "neutral"])
def test_an_expression_changes_the_face(name: str) -> None:
    neutral, changed = wall(), wall()
    draw_face(neutral, (80, 50), 60, "neutral")
    draw_face(changed, (80, 50), 60, name)
    assert np.abs(neutral.astype(int) - changed)[20:80, 50:110].mean() > 2


def test_people_look_different() -> None:
    pictures = []
    for person in PEOPLE:
        pictures.append(wall())
        draw_face(pictures[-1], (80, 50), 60, person=person)
    for number, picture in enumerate(pictures):
        for other in pictures[:number]:
            assert np.abs(picture.astype(int) - other)[20:80, 50:110].mean() > 10


def test_a_blink_closes_the_eyes_and_keeps_the_mouth() -> None:
    opened, closed = wall(), wall()
    draw_face(opened, (80, 50), 60, person=BEN)
    draw_face(closed, (80, 50), 60, person=BEN, blink=1.0)
    change = np.abs(opened.astype(int) - closed).max(axis=2)
    assert change[20:45].max() > 60
    assert change[55:].max() == 0
