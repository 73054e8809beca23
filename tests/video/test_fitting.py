"""Frames on their canvas and with square pixels."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from support.clips import grey

from fervid.core.canvas import Canvas
from fervid.core.readings import Frame
from fervid.video.fitting import fit, show_square, stretch

WIDE = Fraction(2)


def frame(
    width: int = 64, height: int = 48, pixel_aspect: Fraction = Fraction(1), shown_on: Canvas | None = None
) -> Frame:
    return Frame(grey(200, width, height), 3, 40, Fraction(1, 1000), pixel_aspect=pixel_aspect, shown_on=shown_on)


def test_an_ordinary_frame_passes_as_it_is() -> None:
    ordinary = frame()
    assert fit(ordinary) is stretch(ordinary) is show_square(ordinary) is ordinary


def test_a_frame_is_fitted_with_black_beside_it() -> None:
    shown = fit(frame(48, 64, shown_on=Canvas(128, 96)))
    assert (shown.size, shown.shown_on) == (Canvas(128, 96), None)
    assert (shown.index, shown.pts) == (3, 40)
    assert (shown.image[:, 28:100] == 200).all()
    assert max(shown.image[:, :28].max(), shown.image[:, 100:].max()) == 0


def test_a_frame_with_square_pixels_is_seen_at_the_same_place_of_its_canvas() -> None:
    picture = stretch(frame(pixel_aspect=WIDE))
    assert picture.size == Canvas(128, 48)
    assert picture.canvas == Canvas(64, 48, WIDE)
    assert (picture.placement.scale_x, picture.placement.scale_y) == (0.5, 1.0)


def test_a_frame_to_be_shown_with_square_pixels_keeps_its_image_until_then() -> None:
    original = frame(pixel_aspect=WIDE)
    shown = show_square(original)
    assert shown.image is original.image
    assert fit(shown).size == Canvas(128, 48)


def test_a_frame_is_neither_mixed_with_its_neighbours_nor_changed() -> None:
    original = frame(shown_on=Canvas(640, 480))
    before = original.image.copy()
    assert fit(original).image.shape == (480, 640, 3)
    np.testing.assert_array_equal(original.image, before)
