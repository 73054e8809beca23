"""The estimate of a face's motion, which follows its picture into another one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.canvas import Placement
from fervid.core.geometry import Box
from fervid.track.motion import PLACE, Axis, Motion, Passage

places, scales = st.floats(-500, 500), st.floats(0.2, 5)


@given(x=places, y=places, scale_x=scales, scale_y=scales, step_x=places, step_y=places)
def test_an_estimate_in_another_picture_predicts_the_same_places(
    x: float, y: float, scale_x: float, scale_y: float, step_x: float, step_y: float
) -> None:
    seen = Motion.first(Box(100, 60, 40, 40)).after(0.5).corrected(Box(100 + step_x, 60 + step_y, 40, 40))
    there = seen.moved(Placement(x, y, scale_x, scale_y))
    for motion, later in ((seen, there), (seen.after(0.0), there.after(0.0))):
        assert later.centre.x == pytest.approx(motion.centre.x * scale_x + x)
        assert later.centre.y == pytest.approx(motion.centre.y * scale_y + y)
        assert later.width == pytest.approx(motion.width * (scale_x * scale_y) ** 0.5)
    assert there.x.speed == pytest.approx(seen.x.speed * scale_x)
    assert there.y.speed == pytest.approx(seen.y.speed * scale_y)


def test_a_face_that_was_seen_once_is_where_it_was() -> None:
    assert Motion.first(Box(100, 60, 40, 40)).box == pytest.approx(Box(100, 60, 40, 40))


@given(before=st.floats(0.01, 2), first=st.floats(0.01, 2), second=st.floats(0.01, 2), step=places)
def test_a_prediction_does_not_depend_on_the_frames_between(
    before: float, first: float, second: float, step: float
) -> None:
    def after(axis: Axis, elapsed: float) -> Axis:
        return axis.after(Passage.of(elapsed), PLACE.speed**2)

    seen = after(Axis.first(0.0, PLACE), before).corrected(step)
    at_once, in_steps = after(seen, first + second), after(after(seen, first), second)
    assert in_steps.value == pytest.approx(at_once.value)
    assert in_steps.speed == pytest.approx(at_once.speed)
    assert in_steps.variances == pytest.approx(at_once.variances)


def test_a_fast_face_is_less_certain_whatever_its_direction_and_size() -> None:
    def moving(x: float, y: float, side: float) -> Motion:
        """Return the prediction for a face that moved by some pixels within a tenth of a second."""
        return Motion.first(Box(0, 0, side, side)).after(0.1).corrected(Box(x, y, side, side)).after(0.5)

    right, down, large, slower = moving(20, 0, 40), moving(0, 20, 40), moving(40, 0, 80), moving(15, 0, 40)
    assert right.x.variances == pytest.approx(down.y.variances)
    assert right.x.variances == pytest.approx(large.x.variances)
    assert right.x.variance > slower.x.variance
