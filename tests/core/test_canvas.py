"""Sizes of pictures, and the place of one on another."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.canvas import SAME_PLACE, Canvas, Placement
from fervid.core.geometry import Box

HD = Canvas(1280, 720)
SIZES = st.builds(
    Canvas,
    st.integers(1, 5000),
    st.integers(1, 5000),
    st.fractions(Fraction(1, 4), Fraction(4), max_denominator=100),
)


def test_a_picture_of_the_same_proportions_fills_the_canvas() -> None:
    assert HD.place(Canvas(160, 90)) == Placement(0, 0, 8, 8)
    assert HD.place(HD) is SAME_PLACE


def test_a_picture_on_its_side_has_black_beside_it() -> None:
    place = HD.place(Canvas(720, 1280))
    assert place == Placement(437, 0, pytest.approx(405 / 720), pytest.approx(720 / 1280))


def test_a_rounded_size_leaves_no_thin_line() -> None:
    place = HD.place(Canvas(426, 240))  # 1278 pixels wide, to be exact
    assert (place.x, place.y, place.scale_x * 426, place.scale_y * 240) == (0, 0, 1280, 720)


def test_proportions_are_those_on_the_screen() -> None:
    wide = Canvas(720, 576, Fraction(64, 45))
    assert Canvas(1024, 576).place(wide) == Placement(0, 0, pytest.approx(1024 / 720), 1)
    assert wide.place(Canvas(768, 576)).scale_x == pytest.approx(45 / 64, rel=0.01)


@pytest.mark.parametrize(
    ("stored", "square"),
    [
        (Canvas(720, 576, Fraction(64, 45)), (1024, 576)),
        (Canvas(576, 720, Fraction(45, 64)), (576, 1024)),
        (Canvas(640, 360), (640, 360)),
        (Canvas(1920, 1080, Fraction(1081, 1080)), (1920, 1080)),
    ],
)
def test_square_pixels_show_the_true_proportions(stored: Canvas, square: tuple[int, int]) -> None:
    assert stored.square.size == square


def test_a_box_moves_with_the_picture() -> None:
    box = Box(10.0, 20.0, 30.0, 40.0)
    assert Placement(100, 0, 0.5, 2.0).box(box) == Box(105.0, 40.0, 15.0, 80.0)
    assert SAME_PLACE.box(box) is box


@given(SIZES, SIZES)
def test_every_picture_lies_inside_its_canvas(canvas: Canvas, picture: Canvas) -> None:
    place = canvas.place(picture)
    whole = place.box(Box(0, 0, picture.width, picture.height))
    assert min(whole.x, whole.y) >= 0
    assert min(whole.width, whole.height) >= 1 - 1e-9
    assert whole.right <= canvas.width + 1e-6
    assert whole.bottom <= canvas.height + 1e-6


@given(SIZES, SIZES)
def test_positions_that_follow_a_new_size_come_back(one: Canvas, other: Canvas) -> None:
    box = Box(1.0, 2.0, 3.0, 4.0)
    assert one.follow(other).box(other.follow(one).box(box)) == pytest.approx(box, rel=1e-3, abs=1e-3)


def test_a_camera_that_is_turned_keeps_the_size_of_a_face() -> None:
    box = Canvas(720, 1280).follow(HD).box(Box(600.0, 320.0, 80.0, 80.0))
    assert box == pytest.approx(Box(320.0, 600.0, 80.0, 80.0))
