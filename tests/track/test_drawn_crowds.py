"""The ground truth of drawn crowds holds the faces that can be seen, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.crowds import Crowd
from benchmarks.drawn_crowds import draw


def seen(*places: tuple[float, float, float], present: bool = True) -> list[int]:
    """Return the visits in the ground truth of a frame with two people, the second one nearer."""
    crowd = Crowd(np.zeros(1), np.array([places]), np.array([[True, present]]))
    (_, truth), *_ = draw(crowd, np.random.default_rng(1))
    return sorted(truth.visible)


def test_two_people_beside_each_other_are_both_seen() -> None:
    assert seen((300, 300, 150), (900, 300, 150)) == [1, 2]


@pytest.mark.parametrize("y", [300, 80])
def test_a_face_behind_the_face_or_the_chest_of_another_is_not_seen(y: float) -> None:
    assert seen((600, 300, 150), (600, y, 150)) == [2]


def test_a_face_behind_a_pillar_is_not_seen() -> None:
    assert seen((300, 300, 150), (900, 300, 150), present=False) == [1]


def test_a_face_of_which_the_frame_shows_less_than_the_half_is_not_seen() -> None:
    assert seen((10, 300, 150), (900, 300, 150)) == [2]
