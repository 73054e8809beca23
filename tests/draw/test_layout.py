"""Layout of overlays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.emotions import FERPLUS
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading
from fervid.draw.layout import Overlay, Rect, Style, lay_out

HD = Style(1280, 720)


def face(box: Box, face_id: int = 1, confidence: float = 0.93) -> FaceReading:
    """Return a happy face."""
    rest = (1 - confidence) / (len(FERPLUS) - 1)
    shares = np.array([confidence if name == "happy" else rest for name in FERPLUS], np.float32)
    return FaceReading(0, 0.0, face_id, box, 0.9, FERPLUS, shares, shares)


def faces(*boxes: Box) -> list[FaceReading]:
    return [face(box, number) for number, box in enumerate(boxes, start=1)]


def plates(overlays: list[Overlay]) -> list[Rect]:
    """Return all labels and panels."""
    return [rect for overlay in overlays for rect in (overlay.label, overlay.panel) if rect]


COORDINATE = st.floats(-5000, 9000)
LENGTH = st.floats(0, 9000)
BOXES = st.lists(st.builds(Box, COORDINATE, COORDINATE, LENGTH, LENGTH), max_size=12)
SIZES = st.tuples(st.integers(1, 4000), st.integers(1, 3000))


@given(SIZES, BOXES)
def test_all_text_is_inside_the_frame(size: tuple[int, int], boxes: list[Box]) -> None:
    overlays = lay_out(Style(*size), faces(*boxes))
    assert len(overlays) == len(boxes)
    assert all(rect.fits_in(*size) for rect in plates(overlays))


@given(BOXES)
def test_a_panel_covers_no_other_face_and_no_text(boxes: list[Box]) -> None:
    overlays = lay_out(HD, faces(*boxes))
    for overlay in overlays:
        if overlay.panel is None:
            continue
        others = [other for other in overlays if other is not overlay]
        assert not any(overlay.panel.overlaps(rect) for rect in plates(others))
        assert not any(overlay.panel.overlaps(other.box) for other in others if other.box)


@given(BOXES)
def test_every_visible_face_has_a_label(boxes: list[Box]) -> None:
    for overlay, box in zip(lay_out(HD, faces(*boxes)), boxes, strict=True):
        seen = box.clipped(HD.width, HD.height)
        if seen.width >= 2 and seen.height >= HD.label_height + 2 * HD.gap:
            assert overlay.label is not None


def test_a_label_stands_above_its_face_and_a_panel_beside_it() -> None:
    (overlay,) = lay_out(HD, faces(Box(400, 200, 200, 200)))
    assert overlay.label is not None
    assert overlay.panel is not None
    assert overlay.label.bottom <= 200
    assert overlay.label.x == 400 - HD.line
    assert overlay.panel.x > 600
    assert overlay.panel.y == 200 - HD.line


def test_at_the_top_the_label_goes_below() -> None:
    (overlay,) = lay_out(HD, faces(Box(400, 0, 200, 200)))
    assert overlay.label is not None
    assert overlay.label.y >= 200


def test_at_the_right_edge_the_panel_goes_to_the_left() -> None:
    (overlay,) = lay_out(HD, faces(Box(1080, 200, 200, 200)))
    assert overlay.panel is not None
    assert overlay.panel.right <= 1080


def test_without_room_beside_the_face_the_panel_goes_below() -> None:
    (overlay,) = lay_out(Style(720, 1280), faces(Box(60, 300, 600, 600)))
    assert overlay.panel is not None
    assert overlay.panel.y >= 900


def test_a_face_that_fills_the_frame_has_label_and_panel_inside() -> None:
    (overlay,) = lay_out(HD, faces(Box(-50, -50, 1400, 900)))
    assert overlay.label is not None
    assert overlay.panel is not None


def test_a_small_face_has_only_a_label() -> None:
    (overlay,) = lay_out(HD, faces(Box(400, 200, 40, 40)))
    assert overlay.label is not None
    assert overlay.panel is None


def test_a_panel_does_not_flicker_at_the_smallest_face() -> None:
    height = HD.panel_size(FERPLUS)[1]
    shrinking = [Box(400, 200, height * share, height * share) for share in (0.44, 0.42, 0.39)]
    assert all(lay_out(HD, faces(box))[0].panel is None for box in shrinking)
    assert all(lay_out(HD, faces(box), had_panel={1})[0].panel for box in shrinking)


def test_a_face_outside_the_frame_has_no_label_or_panel() -> None:
    (overlay,) = lay_out(HD, faces(Box(2000, 200, 100, 100)))
    assert (overlay.label, overlay.panel) == (None, None)


def test_the_text_grows_with_the_frame_and_stays_legible() -> None:
    sizes = [Style(*size).text for size in ((160, 120), (320, 240), (640, 360), (1280, 720), (3840, 2160))]
    assert sizes == sorted(sizes)
    assert sizes[0] >= 11
    assert Style(720, 1280).text == HD.text


def test_a_label_stands_still_while_the_percentage_changes() -> None:
    box = Box(400, 200, 200, 200)
    sure, unsure = face(box), face(box, confidence=0.3)
    assert lay_out(HD, [sure])[0].label == lay_out(HD, [unsure])[0].label
