"""Captions say what all faces show from one change to the next."""

from __future__ import annotations

import pytest

from fervid.formats.captions import Caption, captions, clock_text
from fervid.smooth.segmentation import Segment


def segment(face_id: int, start: float, end: float, emotion: str) -> Segment:
    return Segment(face_id, start, end, emotion, 0.8, 0.9, 9)


def test_two_faces_are_named_and_one_is_not() -> None:
    happy, sad = segment(1, 0, 2, "happy"), segment(2, 1, 3, "sad")
    assert list(captions([happy])) == [Caption(0, 2000, ("happy",))]
    assert list(captions([happy, sad])) == [
        Caption(0, 1000, ("face 1: happy",)),
        Caption(1000, 2000, ("face 1: happy", "face 2: sad")),
        Caption(2000, 3000, ("face 2: sad",)),
    ]


def test_a_segment_without_a_millisecond_has_no_caption() -> None:
    moment = segment(1, 1.0001, 1.0004, "happy")
    assert list(captions([moment])) == []
    assert list(captions([moment, segment(1, 2, 3, "sad")])) == [Caption(2000, 3000, ("sad",))]


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (59_999, "00:00:59.999"),
        (60_000, "00:01:00.000"),
        (3_599_000, "00:59:59.000"),
        (3_660_001, "01:01:00.001"),
        (360_000_000, "100:00:00.000"),
    ],
)
def test_minutes_have_60_seconds_and_hours_60_minutes(time: int, text: str) -> None:
    assert clock_text(time, ".") == text
