"""What a report says about a recording: the same as the functions for programs say."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from support.drawn_timelines import CLASSES, alternating, face, frames

import fervid
from fervid import Timeline
from fervid.core.emotions import UNCERTAIN
from fervid.core.readings import FrameReading
from fervid.report.bands import Resolution
from fervid.report.recording import Recording


def moved(read: tuple[FrameReading, ...], by: float) -> tuple[FrameReading, ...]:
    """The same some seconds later."""
    return tuple(
        FrameReading(frame.index + 10_000, frame.time + by, alternating(frame.index + 10_000, frame.time + by))
        for frame in read
    )


def recording(read: tuple[FrameReading, ...]) -> Recording:
    return Recording(CLASSES, iter(read), Resolution())


def test_the_totals_leave_gaps_out() -> None:
    read = (*frames(10), *moved(frames(10), 100))
    shown = recording(read)
    assert (shown.start, shown.end, shown.frames) == (0.0, pytest.approx(110), 500)
    assert shown.seconds == pytest.approx(20)
    (found,) = shown.faces
    assert found.seconds == pytest.approx(Timeline(CLASSES, read).tally().seconds)
    assert found.seen == pytest.approx(20)


def test_the_segments_are_those_of_the_library() -> None:
    read = (*frames(10), *moved(frames(10), 100))
    shown = recording(read)
    assert tuple(shown.faces[0].segments) == fervid.segments(Timeline(CLASSES, read))
    content = zlib.decompress(base64.b64decode(shown.faces[0].packed_segments((*CLASSES, UNCERTAIN), shown.start)))
    count = len(shown.faces[0].segments)
    begins = np.frombuffer(content, "<f8", count) / 1000
    assert begins == pytest.approx([segment.start for segment in shown.faces[0].segments], abs=0.001)
    labels = np.frombuffer(content, np.uint8, count, 16 * count)
    assert [CLASSES[label] for label in labels] == [segment.emotion for segment in shown.faces[0].segments]


def test_segments_of_a_time_lapse_of_months_keep_their_times() -> None:
    day = 86_400.0
    shown = recording(tuple(FrameReading(n, n * day, (face(n, n * day),)) for n in range(100)))
    content = zlib.decompress(base64.b64decode(shown.faces[0].packed_segments((*CLASSES, UNCERTAIN), shown.start)))
    ends = np.frombuffer(content, "<f8", 1, 8) / 1000
    assert ends == pytest.approx([100 * day])


def test_time_without_a_face_and_uncertain_time_are_told_apart() -> None:
    def faces(n: int, time: float) -> tuple[fervid.FaceReading, ...]:
        return () if time < 4 else (face(n, time, certain=time >= 5), *([face(n, time, "sad", 2)] * (time >= 9)))

    shown = recording(frames(10, 25, faces))
    assert shown.empty_seconds == pytest.approx(4)
    assert [found.face_id for found in shown.faces] == [1, 2]
    assert dict(shown.faces[0].seconds) == pytest.approx({UNCERTAIN: 1, "happy": 5})
    assert shown.faces[0].quality == pytest.approx(0.95)


def test_the_portrait_is_of_the_moment_at_which_the_face_shows_best() -> None:
    def faces(n: int, time: float) -> tuple[fervid.FaceReading, ...]:
        found = face(n, time)
        return (fervid.FaceReading(**{name: getattr(found, name) for name in found.__slots__} | {"score": time / 10}),)

    best = recording(frames(10, 25, faces)).faces[0].best
    assert best is not None
    assert best.time == pytest.approx(9.96)


def test_a_timeline_without_frames_is_shown_too() -> None:
    shown = recording(())
    assert (shown.seconds, shown.interval, shown.faces) == (0.0, 0.0, [])
