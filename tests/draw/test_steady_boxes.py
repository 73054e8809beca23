"""Drawn boxes stand still while a face hardly moves, and are never far from it."""

from __future__ import annotations

from formats.writer_inputs import face
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.geometry import Box
from fervid.draw.steady_boxes import SLACK, SteadyBoxes

places = st.floats(-1000, 1000)
sides = st.floats(1, 500)
boxes = st.builds(Box, places, places, sides, sides)


def test_a_box_that_trembles_stands_still() -> None:
    steady = SteadyBoxes()
    drawn = [
        steady.follow([face(box=Box(100 + shift, 50 - shift, 100 + shift, 120.0))])[0].box
        for shift in (0.0, 0.9, -0.9, 0.5, 0.0)
    ]
    assert drawn == [Box(100.0, 50.0, 100.0, 120.0)] * 5


def test_a_box_that_moves_is_followed_without_jumps() -> None:
    steady = SteadyBoxes()
    lefts = [steady.follow([face(box=Box(float(x), 50.0, 100.0, 100.0))])[0].box.x for x in range(100, 110)]
    assert lefts == [100.0, 100.0, 100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 107.0]


def test_each_face_has_its_own_and_one_that_returns_begins_anew() -> None:
    steady = SteadyBoxes()
    left, right = Box(0.0, 0.0, 100.0, 100.0), Box(200.0, 0.0, 100.0, 100.0)
    steady.follow([face(box=left), face(box=right, face_id=2)])
    beside = Box(1.0, 0.0, 100.0, 100.0)
    assert [one.box for one in steady.follow([face(box=right, face_id=2)])] == [right]
    assert [one.box for one in steady.follow([face(box=beside), face(box=right, face_id=2)])] == [beside, right]


@given(shown=st.lists(boxes, min_size=1, max_size=8))
def test_a_drawn_edge_is_never_far_from_the_detected_one(shown: list[Box]) -> None:
    steady = SteadyBoxes()
    for box in shown:
        (drawn,) = (one.box for one in steady.follow([face(box=box)]))
        slack = SLACK * box.width + 1e-6
        assert abs(drawn.x - box.x) <= slack
        assert abs(drawn.y - box.y) <= slack
        assert abs(drawn.right - box.right) <= slack
        assert abs(drawn.bottom - box.bottom) <= slack
