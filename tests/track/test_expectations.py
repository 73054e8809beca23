"""Comparison of expected faces with detected ones."""

from __future__ import annotations

import pytest

from fervid.core.geometry import Box
from fervid.track.expectations import Comparison
from fervid.track.motion import Motion

SMALL, LARGE = Box(100, 60, 40, 40), Box(130, 80, 90, 90)


def test_a_small_face_is_as_far_from_a_large_one_as_the_large_one_from_it() -> None:
    there, back = (Comparison.of([Motion.first(one)], [other]) for one, other in ((SMALL, LARGE), (LARGE, SMALL)))
    assert there.distances() == pytest.approx(back.distances())
    assert there.widths == pytest.approx(60.0), "the geometric mean of 40 and 90"


def test_a_face_found_where_it_is_expected_is_as_likely_after_a_minute_as_after_a_second() -> None:
    after = [Motion.first(SMALL).after(seconds) for seconds in (1.0, 10.0, 60.0)]
    assert Comparison.of(after, [SMALL]).costs()[:, 0] == pytest.approx(0.0)
