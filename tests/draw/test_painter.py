"""Painting of overlays."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fervid.core.canvas import SQUARE, Canvas
from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS, UNCERTAIN, colour
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.core.regions import Regions
from fervid.draw import plates, text
from fervid.draw.blur import Blur
from fervid.draw.layout import Rect, Style, lay_out
from fervid.draw.painter import Painter

BOX = Box(200.0, 120.0, 150.0, 150.0)


def face(emotion: str = "happy", box: Box = BOX, face_id: int = 1, classes: tuple[str, ...] = FERPLUS) -> FaceReading:
    """Return a face that shows `emotion` with a probability of 0.8."""
    rest = 0.2 / (len(classes) - 1)
    shares = np.array([0.8 if name == emotion else rest for name in classes], np.float32)
    return FaceReading(0, 0.0, face_id, box, 0.9, classes, shares, shares)


def paint(image: NDArray[np.uint8], *faces: FaceReading) -> NDArray[np.uint8]:
    painted = image.copy()
    Painter().paint(painted, FrameReading(0, 0.0, faces))
    return painted


def plain(level: int, width: int = 640, height: int = 360) -> NDArray[np.uint8]:
    return np.full((height, width, 3), level, np.uint8)


def cut(image: NDArray[np.uint8], rect: Rect) -> NDArray[np.uint8]:
    return image[rect.y : rect.bottom, rect.x : rect.right]


@settings(max_examples=40)
@given(
    st.tuples(st.integers(1, 700), st.integers(1, 500)),
    st.lists(
        st.builds(Box, st.floats(-900, 900), st.floats(-900, 900), st.floats(0, 1500), st.floats(0, 1500)), max_size=6
    ),
    st.sampled_from([FER2013, FERPLUS, CK_PLUS]),
)
def test_any_box_anywhere_can_be_painted(size: tuple[int, int], boxes: list[Box], classes: tuple[str, ...]) -> None:
    faces = [face("sad", box, number, classes) for number, box in enumerate(boxes, start=1)]
    assert paint(plain(90, *size), *faces).shape == (size[1], size[0], 3)


def test_without_a_face_nothing_is_painted() -> None:
    assert (paint(plain(90)) == plain(90)).all()


def test_an_uncertain_face_is_painted_in_the_grey_of_no_emotion() -> None:
    certain, uncertain = paint(plain(90), face()), paint(plain(90), replace(face(), certain=False))
    for emotion, image, other in (("happy", certain, uncertain), ("uncertain", uncertain, certain)):
        inked = (image == plates.bgr(emotion)).all(axis=2)
        assert inked.sum() > 500
        assert not (other == plates.bgr(emotion)).all(axis=2).any()


def test_only_the_overlay_is_painted() -> None:
    painted = paint(plain(90), face())
    (overlay,) = lay_out(Style(640, 360), [face()])
    assert overlay.label is not None
    assert overlay.panel is not None
    edge = 4
    for rect in (overlay.label, overlay.panel):
        cut(painted, rect)[:] = 90
    around = Rect(200 - edge, 120 - edge, 150 + 2 * edge, 150 + 2 * edge)
    inside = cut(painted, Rect(200 + edge, 120 + edge, 150 - 2 * edge, 150 - 2 * edge))
    assert (inside == 90).all()
    cut(painted, around)[:] = 90
    assert (painted == 90).all()


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("emotion", FERPLUS)
def test_every_label_is_readable_on_black_and_on_white(emotion: str, level: int) -> None:
    """White text on its plate has a contrast of at least 4.5 to 1 (WCAG 2.1, level AA)."""
    painted = paint(plain(level), face(emotion))
    (overlay,) = lay_out(Style(640, 360), [face(emotion)])
    assert overlay.label is not None
    words = cut(painted, overlay.label)[:, Style(640, 360).tab_width(1) :]
    light, dark = words.max(), np.median(words)
    assert contrast(float(light), float(dark)) >= 4.5


@pytest.mark.parametrize("level", [0, 255])
@pytest.mark.parametrize("emotion", FERPLUS)
def test_every_box_stands_out_on_black_and_on_white(emotion: str, level: int) -> None:
    painted = paint(plain(level), face(emotion))
    column = painted[200, 190:210].astype(int)
    assert np.abs(column - level).max() >= 100
    assert (column == colour(emotion)[::-1]).all(axis=1).any()


def test_a_bar_is_as_long_as_its_class_is_probable() -> None:
    painted = paint(plain(0), face("happy"))
    (overlay,) = lay_out(Style(640, 360), [face("happy")])
    assert overlay.panel is not None
    style = Style(640, 360)
    full = (cut(painted, overlay.panel) == colour("happy")[::-1]).all(axis=2).sum(axis=1).max()
    assert full == int(style.bar * np.float32(0.8))


def test_regions_and_faces_that_were_left_out_are_outlined_where_asked() -> None:
    reading = FrameReading(0, 0.0, (), left_out=(Box(400.0, 100.0, 60.0, 60.0),))
    before = plain(90)
    outlined, untouched = before.copy(), before.copy()
    Painter(choice=Regions.of("25%,0,25%,100%")).paint(outlined, reading)
    Painter().paint(untouched, reading)
    assert np.array_equal(untouched, before)
    white, grey = (255, 255, 255), colour(UNCERTAIN)[::-1]
    rows, columns = np.nonzero((outlined == white).all(axis=2))
    assert (columns.min(), rows.min()) == pytest.approx((160, 0), abs=4)
    assert (columns.max(), rows.max()) == pytest.approx((319, 359), abs=4)
    rows, columns = np.nonzero((outlined == grey).all(axis=2))
    assert (columns.min(), rows.min()) == pytest.approx((400, 100), abs=4)
    assert (columns.max(), rows.max()) == pytest.approx((459, 159), abs=4)


def test_a_frame_that_is_shown_smaller_has_its_overlay_and_its_outlines_in_the_same_places() -> None:
    box, left_out = Box(400.0, 240.0, 300.0, 300.0), Box(800.0, 200.0, 120.0, 120.0)
    large, small = FrameReading(0, 0.0, (face(box=box),), left_out=(left_out,)), plain(90)
    Painter(choice=Regions.of("320,0,320,720")).paint(small, large, frame=Canvas(1280, 720))
    same, half = (
        plain(90),
        FrameReading(0, 0.0, (face(box=box.scaled(0.5, 0.5)),), left_out=(left_out.scaled(0.5, 0.5),)),
    )
    Painter(choice=Regions.of("160,0,160,360")).paint(same, half)
    assert np.array_equal(small, same)


def test_frames_passed_over_are_painted_alike() -> None:
    image, other = plain(90), plain(90)
    Painter().paint(image, FrameReading(0, 0.0, (face(),)))
    Painter().paint(other, FrameReading(1, 0.04, (face(),), analysed=False))
    assert (image == other).all()


def test_letters_that_the_font_lacks_are_replaced() -> None:
    assert (text.mask("überrascht", 20) == text.mask("uberrascht", 20)).all()
    assert (text.mask("嬉", 20) == text.mask("?", 20)).all()


@pytest.mark.parametrize("size", [10, 11, 20, 60])
def test_no_letter_is_cut_off(size: int) -> None:
    mask = text.mask("Ájgpqy_|", size)
    assert not mask[0].any()
    assert not mask[-1].any()


def contrast(light: float, dark: float) -> float:
    """Return the contrast of two grey levels as WCAG defines it."""
    return (luminance(light) + 0.05) / (luminance(dark) + 0.05)


def luminance(level: float) -> float:
    share = level / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


class TestPixelsThatAreNotSquare:
    @pytest.mark.parametrize("pixel_aspect", [Fraction(64, 45), Fraction(91, 32), Fraction(1, 2)])
    def test_the_overlay_looks_on_the_screen_as_on_square_pixels(self, pixel_aspect: Fraction) -> None:
        expected = paint(plain(128), face())
        across, down = (1 / float(pixel_aspect), 1.0) if pixel_aspect > 1 else (1.0, float(pixel_aspect))
        stored = plain(128, round(640 * across), round(360 * down))
        squeezed = face(box=BOX.scaled(stored.shape[1] / 640, stored.shape[0] / 360))
        Painter().paint(stored, FrameReading(0, 0.0, (squeezed,)), pixel_aspect)
        shown = cv2.resize(stored, (640, 360), interpolation=cv2.INTER_LINEAR).astype(int)
        difference = np.abs(shown - expected).max(axis=2)
        assert (difference > 60).mean() < 0.015  # nothing but edges of lines and letters
        assert difference.mean() < 3

    @pytest.mark.parametrize("pixel_aspect", [Fraction(4), Fraction(1, 4), Fraction(3)])
    def test_every_line_of_a_box_has_its_colour(self, pixel_aspect: Fraction) -> None:
        image = plain(0, 320, 320)
        box = Box(100.0, 100.0, 120.0, 120.0)
        Painter().paint(image, FrameReading(0, 0.0, (face(box=box),)), pixel_aspect)
        ink = np.array(colour("happy")[::-1])
        for line in (image[160, 90:104], image[160, 216:230], image[90:104, 160], image[216:230, 160]):
            assert (line == ink).all(axis=1).any()

    @given(
        x=st.floats(-40, 320),
        y=st.floats(-40, 240),
        side=st.floats(10, 400),
        pixel_aspect=st.fractions(Fraction(1, 4), Fraction(4), max_denominator=30),
    )
    @settings(max_examples=40)
    def test_a_face_anywhere_is_painted(self, x: float, y: float, side: float, pixel_aspect: Fraction) -> None:
        Painter().paint(plain(0, 320, 240), FrameReading(0, 0.0, (face(box=Box(x, y, side, side)),)), pixel_aspect)


@pytest.mark.parametrize("aspect", [SQUARE, Fraction(16, 11), Fraction(8, 9), Fraction(2)], ids=str)
@pytest.mark.parametrize("x", [-60.3, 3.7, 201.4, 560.9])
def test_only_the_areas_of_hidden_heads_are_looked_at(x: float, aspect: Fraction) -> None:
    faces = (face(box=Box(x, 120.6, 150.2, 151.9)), face(box=Box(x / 2 + 150, -20.0, 90.0, 90.0), face_id=2))
    image = np.asarray(np.random.default_rng(3).integers(0, 255, (360, 640, 3)), np.uint8)
    plan = Painter(Blur()).plan(Canvas(640, 360, aspect), FrameReading(0, 0.0, faces))
    hidden, outside = image.copy(), np.ones((360, 640), np.bool_)
    plan.hide(hidden)
    for head in plan.heads:
        outside[head.area.y : head.area.bottom, head.area.x : head.area.right] = False
    assert outside.mean() > 0.2
    assert np.array_equal(hidden[outside], image[outside])
    again = np.full_like(image, 7)
    again[~outside] = image[~outside]
    plan.hide(again)
    assert np.array_equal(again[~outside], hidden[~outside])
