"""Stretches of one emotion: where they end, and what becomes of short ones."""

from __future__ import annotations

import dataclasses
import tracemalloc
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fervid
from fervid import FrameReading, Segment, Timeline
from fervid.core.emotions import UNCERTAIN
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading
from fervid.errors import UsageError
from fervid.smooth.segmentation import Segmentation, find_segments

CLASSES = ("happy", "sad", "neutral")
LETTERS = {"h": "happy", "s": "sad", "n": "neutral", "u": UNCERTAIN}


def face(face_id: int, time: float, emotion: str, probability: float = 0.8, *, index: int = 0) -> FaceReading:
    likeliest = "sad" if emotion == UNCERTAIN else emotion
    rest = (1 - probability) / 2
    shares = np.array([probability if name == likeliest else rest for name in CLASSES], np.float32)
    certain = emotion != UNCERTAIN
    return FaceReading(index, time, face_id, Box(0, 0, 9, 9), 0.9, CLASSES, shares, shares, certain=certain)


def frames(*faces: str, step: float = 0.1, start: float = 0.0) -> list[FrameReading]:
    """Frames at regular times. Each text is a face, and each letter its emotion in a frame; a space means absent."""
    return [
        FrameReading(
            index,
            start + index * step,
            tuple(
                face(number, start + index * step, LETTERS[letters[index]], index=index)
                for number, letters in enumerate(faces, start=1)
                if letters[index] != " "
            ),
        )
        for index in range(len(faces[0]))
    ]


def shown(segments: tuple[Segment, ...]) -> list[tuple[int, float, float, str]]:
    return [(each.face_id, round(each.start, 6), round(each.end, 6), each.emotion) for each in segments]


def test_a_segment_lasts_from_one_change_to_the_next_and_to_the_end_of_the_last_frame() -> None:
    assert shown(find_segments(frames("hhhhhhsssss"))) == [(1, 0.0, 0.6, "happy"), (1, 0.6, 1.1, "sad")]


def test_times_are_those_of_the_frames_whatever_the_frame_rate() -> None:
    times = [0.04 * n + 0.013 * (n % 3) for n in range(60)]
    readings = [FrameReading(n, time, (face(1, time, "happy" if n < 23 else "sad"),)) for n, time in enumerate(times)]
    first, second = find_segments(readings)
    assert (first.start, first.end, second.start) == (times[0], times[23], times[23])
    assert (first.frames, second.frames) == (23, 37)


def test_faces_have_segments_of_their_own_in_their_order() -> None:
    found = shown(find_segments(frames("hhhhhhhhhh", "nnnnnsssss")))
    assert found == [(1, 0.0, 1.0, "happy"), (2, 0.0, 0.5, "neutral"), (2, 0.5, 1.0, "sad")]


def test_an_absence_of_one_frame_ends_a_segment_and_belongs_to_none() -> None:
    assert shown(find_segments(frames("hhhhhh hhhhhh"))) == [(1, 0.0, 0.6, "happy"), (1, 0.7, 1.3, "happy")]


def test_the_time_of_a_gap_belongs_to_no_segment() -> None:
    readings = [*frames("hhhhhhhh"), *frames("hhhhhhhh", start=100.0)]
    assert shown(find_segments(readings)) == [(1, 0.0, 0.8, "happy"), (1, 100.0, 100.8, "happy")]


def test_frames_that_were_not_analysed_are_left_out() -> None:
    readings = frames("hhhhhhssssss")
    thinned = [FrameReading(r.index, r.time, r.faces, analysed=r.index % 2 == 0) for r in readings]
    assert shown(find_segments(thinned)) == [(1, 0.0, 0.6, "happy"), (1, 0.6, 1.2, "sad")]


def test_uncertain_is_neither_an_emotion_nor_an_absence() -> None:
    found = find_segments(frames("hhhhhuuuuu     "))
    assert shown(found) == [(1, 0.0, 0.5, "happy"), (1, 0.5, 1.0, UNCERTAIN)]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("hhhhhhsshhhhhh", [(0.0, 1.4, "happy")]),  # what is too short is part of what was before
        ("hhhhhhssnnnnnn", [(0.0, 0.8, "happy"), (0.8, 1.4, "neutral")]),
        ("sshhhhhh", [(0.0, 0.8, "happy")]),  # or, at the beginning, of what comes after
        ("hhhhhhss", [(0.0, 0.8, "happy")]),
        ("hhhhhhsssuushhhhhh", [(0.0, 0.6, "happy"), (0.6, 1.2, "sad"), (1.2, 1.8, "happy")]),  # together long enough
        ("hhhhhhsshhhsnnnnnn", [(0.0, 1.2, "happy"), (1.2, 1.8, "neutral")]),
        ("hhhhhhuuhhhhhh", [(0.0, 1.4, "happy")]),
        ("snsn", [(0.0, 0.4, "sad")]),  # there for a moment only
        ("hs hhhhhh", [(0.0, 0.2, "happy"), (0.3, 0.9, "happy")]),  # nothing reaches across an absence
        ("nsnsnsnsns", [(0.0, 0.5, "neutral"), (0.5, 1.0, "sad")]),
    ],
)
def test_segments_that_are_too_short_are_absorbed(letters: str, expected: list[tuple[float, float, str]]) -> None:
    assert [each[1:] for each in shown(find_segments(frames(letters), 0.5))] == expected


def test_without_a_shortest_length_every_change_begins_a_segment() -> None:
    assert [each.emotion for each in find_segments(frames("hshn"), 0)] == ["happy", "sad", "happy", "neutral"]


def test_a_segment_of_just_the_shortest_length_stands() -> None:
    times = [n / 25 for n in range(60)]
    readings = [FrameReading(n, t, (face(1, t, "happy" if n % 15 else "sad"),)) for n, t in enumerate(times)]
    assert [each.emotion for each in find_segments(readings, 1 / 25)] == ["sad", "happy"] * 4


def test_probabilities_are_those_of_the_emotion_over_all_frames() -> None:
    levels = [("happy", 0.9), ("happy", 0.7), ("sad", 0.6), ("happy", 0.8)]
    readings = [FrameReading(n, n / 10, (face(1, n / 10, *level),)) for n, level in enumerate(levels)]
    (found,) = find_segments(readings)
    assert (found.emotion, found.frames) == ("happy", 4)
    assert found.mean_probability == pytest.approx((0.9 + 0.7 + 0.2 + 0.8) / 4)
    assert found.peak_probability == pytest.approx(0.9)


def test_an_uncertain_segment_has_the_probability_of_the_likeliest_class() -> None:
    (found,) = find_segments(frames("uuuuuu"))
    assert (found.mean_probability, found.peak_probability) == (pytest.approx(0.8), pytest.approx(0.8))


@pytest.mark.parametrize("likeliest", CLASSES)
def test_the_likeliest_class_of_an_uncertain_segment_may_be_any(likeliest: str) -> None:
    readings = [
        dataclasses.replace(reading, faces=tuple(dataclasses.replace(each, certain=False) for each in reading.faces))
        for reading in frames({"happy": "h", "sad": "s", "neutral": "n"}[likeliest] * 6)
    ]
    (found,) = find_segments(readings)
    assert (found.emotion, found.peak_probability) == (UNCERTAIN, pytest.approx(0.8))


def test_an_engine_may_have_a_class_that_is_called_uncertain() -> None:
    classes = ("happy", "sad", UNCERTAIN)
    shares = np.array([0.5, 0.2, 0.3], np.float32)
    faces = [dataclasses.replace(face(1, n / 10, UNCERTAIN), classes=classes, probabilities=shares) for n in range(6)]
    (found,) = find_segments([FrameReading(n, n / 10, (each,)) for n, each in enumerate(faces)])
    assert (found.emotion, found.mean_probability) == (UNCERTAIN, pytest.approx(0.3))


def test_a_frame_from_which_the_clock_jumps_back_makes_no_segment() -> None:
    times = [0.0, 0.1, 0.2, 0.3, 0.3, 0.1]
    emotions = ["happy"] * 4 + ["sad", "neutral"]
    readings = [FrameReading(n, time, (face(1, time, emotions[n]),)) for n, time in enumerate(times)]
    assert all(segment.seconds > 0 for segment in find_segments(readings, 0))


def test_the_end_of_the_last_frame_is_known_when_all_frames_are() -> None:
    segmentation = Segmentation()
    assert segmentation.end is None
    for reading in frames("hhhhhh", start=7):
        list(segmentation.add(reading))
    list(segmentation.finish())
    assert segmentation.end == pytest.approx(7.6)


letters = st.text(alphabet="hsnu ", min_size=1, max_size=80)


@given(letters, st.sampled_from([0.0, 0.25, 0.5, 1.0]))
def test_all_time_of_a_face_belongs_to_one_segment(text: str, shortest: float) -> None:
    readings = frames(text)
    found = find_segments(readings, shortest)
    timeline = Timeline(CLASSES, tuple(readings))
    assert sum(each.seconds for each in found) == pytest.approx(sum(timeline.tally().seconds.values()))
    assert sum(each.frames for each in found) == len(text.replace(" ", ""))
    for earlier, later in pairwise(found):
        assert earlier.end <= later.start
        if earlier.end == later.start:
            assert earlier.emotion != later.emotion
            assert min(earlier.seconds, later.seconds) >= shortest - 1e-6


def test_a_long_recording_needs_no_memory() -> None:
    segmentation = Segmentation()
    (reading,) = frames("h")
    tracemalloc.start()
    for index in range(6000):
        shares = reading.faces[0].probabilities.copy()
        one = FaceReading(index, index / 25, 1, Box(0, 0, 9, 9), 0.9, CLASSES, shares, shares)
        assert list(segmentation.add(FrameReading(index, index / 25, (one,)))) == []
    assert tracemalloc.get_traced_memory()[0] < 50_000
    tracemalloc.stop()
    (found,) = segmentation.finish()
    assert found.frames == 6000


def test_segments_of_a_saved_timeline_are_those_of_the_timeline(tmp_path: Path) -> None:
    timeline = Timeline(CLASSES, tuple(frames("hhhhhhss nnnnnnn", "uuuuuuuuuussssss")))
    timeline.save(tmp_path / "talk.csv")
    saved = fervid.segments(Timeline.load(tmp_path / "talk.csv"))
    assert shown(saved) == shown(fervid.segments(timeline))


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(UsageError, match=r"segments takes a fervid.Timeline, not .*; load one with Timeline.load"):
        fervid.segments("talk.csv")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="shortest takes a number from 0 to 3600, not -1"):
        fervid.segments(Timeline(CLASSES, ()), shortest=-1)
