"""Points and boxes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.geometry import Box, Point

coordinates = st.floats(-1e4, 1e4, allow_subnormal=False)
sides = st.floats(0.01, 1e4)
boxes = st.builds(Box, coordinates, coordinates, sides, sides)


@given(boxes, boxes)
def test_iou_is_symmetric_and_between_0_and_1(one: Box, other: Box) -> None:
    assert one.iou(other) == pytest.approx(other.iou(one))
    assert 0.0 <= one.iou(other) <= 1.0 + 1e-9


@given(boxes)
def test_a_box_overlaps_itself_completely(box: Box) -> None:
    assert box.iou(box) == pytest.approx(1.0, rel=1e-3)
    assert box.intersection(box).area == pytest.approx(box.area, rel=1e-3)


@given(boxes, boxes)
def test_an_intersection_lies_in_both(one: Box, other: Box) -> None:
    shared = one.intersection(other)
    assert shared.area <= min(one.area, other.area) * (1 + 1e-3)
    if shared.area:
        for box in (one, other):
            assert box.x <= shared.x
            assert box.y <= shared.y
            assert shared.right <= box.right + 1e-6
            assert shared.bottom <= box.bottom + 1e-6


@given(boxes, st.integers(1, 8192), st.integers(1, 8192))
def test_a_clipped_box_lies_in_the_frame(box: Box, width: int, height: int) -> None:
    clipped = box.clipped(width, height)
    if clipped.area:
        assert clipped.x >= 0
        assert clipped.y >= 0
        assert clipped.right <= width + 1e-6
        assert clipped.bottom <= height + 1e-6


@given(boxes)
def test_a_box_outside_the_frame_is_clipped_to_nothing(box: Box) -> None:
    outside = Box(-box.width - 1, box.y, box.width, box.height)
    assert outside.clipped(640, 360).area == 0.0


@given(boxes, st.floats(0.01, 100), st.floats(0.01, 100))
def test_scaling_can_be_undone(box: Box, x: float, y: float) -> None:
    assert box.scaled(x, y).scaled(1 / x, 1 / y) == pytest.approx(box, rel=1e-9, abs=1e-9)


@given(boxes, st.floats(0.01, 100))
def test_iou_does_not_depend_on_scale(box: Box, factor: float) -> None:
    half = Box(box.x, box.y, box.width / 2, box.height)
    assert box.scaled(factor, factor).iou(half.scaled(factor, factor)) == pytest.approx(0.5, rel=1e-3)


def test_boxes_that_touch_do_not_overlap() -> None:
    assert Box(0, 0, 10, 10).iou(Box(10, 0, 10, 10)) == 0.0


@pytest.mark.parametrize("empty", [Box(5, 5, 0, 10), Box(5, 5, -3, -4)])
def test_a_box_without_extent_has_no_area_and_no_overlap(empty: Box) -> None:
    assert empty.area == 0.0
    assert empty.iou(Box(0, 0, 10, 10)) == 0.0
    assert empty.iou(empty) == 0.0


def test_a_known_iou_and_centre() -> None:
    assert Box(0, 0, 10, 10).iou(Box(5, 0, 10, 10)) == pytest.approx(1 / 3)
    assert Box(0, 0, 4, 6).centre == Point(2, 3)


@given(coordinates, coordinates, coordinates, coordinates)
def test_distance_is_symmetric_and_obeys_the_triangle_inequality(x: float, y: float, u: float, v: float) -> None:
    a, b, origin = Point(x, y), Point(u, v), Point(0, 0)
    assert a.distance(b) == b.distance(a)
    assert a.distance(a) == 0.0
    assert a.distance(b) <= a.distance(origin) + origin.distance(b) + 1e-6
