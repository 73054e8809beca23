"""Comparison of expected faces with detected ones."""

from __future__ import annotations

import math

import pytest

from fervid.core.geometry import Box
from fervid.track.expectations import Comparison, cost
from fervid.track.motion import Motion

SMALL, LARGE = Box(100, 60, 40, 40), Box(130, 80, 90, 90)


def moved(across: float = 0.0, down: float = 0.0, grown: float = 1.0) -> Box:
    """Return the box, moved by some of its widths and grown around its centre."""
    width = SMALL.width * grown
    return Box(SMALL.centre.x + across * 40 - width / 2, SMALL.centre.y + down * 40 - width / 2, width, width)


def test_a_small_face_is_as_far_from_a_large_one_as_the_large_one_from_it() -> None:
    there, back = (Comparison.of([Motion.first(one)], [other]) for one, other in ((SMALL, LARGE), (LARGE, SMALL)))
    assert there.distances() == pytest.approx(back.distances())
    assert there.widths == pytest.approx(60.0), "the geometric mean of 40 and 90"


def test_a_cost_is_twice_the_negative_log_likelihood_of_a_certain_prediction() -> None:
    expected = Motion.first(SMALL).after(0.04).corrected(SMALL)
    spreads = expected.x.variance, expected.y.variance, expected.size.variance
    growth = math.log(1.1)
    deviance = (0.1**2 / spreads[0] + 0.2**2 / spreads[1]) / 1.1 + growth**2 / spreads[2]
    assert cost(expected, moved(0.1, 0.2, 1.1), 1.0) == pytest.approx(deviance + math.log(math.prod(spreads)))


def test_a_face_found_where_it_is_expected_is_as_likely_after_a_minute_as_after_a_second() -> None:
    costs = [cost(Motion.first(SMALL).after(seconds), SMALL, 1.0) for seconds in (1.0, 10.0, 60.0)]
    assert costs == pytest.approx([0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("box", "is_one"),
    [
        (moved(0.9), True),
        (moved(1.1), False),
        (moved(0.8, 0.8), False),
        (moved(grown=1.9), True),
        (moved(grown=2.1), False),
        (moved(grown=0.45), False),
    ],
)
def test_a_detection_that_is_far_or_of_another_size_is_another_face(box: Box, is_one: bool) -> None:
    assert math.isfinite(cost(Motion.first(SMALL), box, 1.0)) is is_one
