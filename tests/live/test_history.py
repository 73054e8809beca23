"""The last minute of each face's emotions, for charts."""

from __future__ import annotations

import numpy as np
import pytest

from fervid.core.emotions import FERPLUS
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.live.history import GAP_S, History


def reading(time: float, *face_ids: int) -> FrameReading:
    """A frame with these faces, whose first class grows by a hundredth a second."""
    shares = np.zeros(len(FERPLUS), np.float32)
    shares[0], shares[1] = time / 100, 1 - time / 100
    box = Box(0.0, 0.0, 9.0, 9.0)
    faces = tuple(FaceReading(0, time, face_id, box, 0.9, FERPLUS, shares, shares) for face_id in face_ids)
    return FrameReading(0, time, faces)


def test_ten_samples_a_second_of_each_face_with_their_times() -> None:
    history = History()
    for frame in range(90):
        history.add(reading(frame / 30, 1, *([2] if frame >= 60 else [])))
    one, two = history.strips()
    assert (one.face_id, two.face_id) == (1, 2)
    assert one.times == pytest.approx(np.arange(30) / 10)
    assert two.times == pytest.approx(np.arange(20, 30) / 10)
    assert one.probabilities.shape == (30, len(FERPLUS))
    assert one.probabilities[:, 0] == pytest.approx(one.times / 100)
    assert one.classes == FERPLUS


def test_a_gap_stays_a_gap() -> None:
    history = History()
    for time in (0.0, 0.1, 0.2, 7.0, 7.1):
        history.add(reading(time, 1))
    assert history.strips()[0].times.tolist() == [0.0, 0.1, 0.2, 7.0, 7.1]


def test_it_forgets_after_a_minute_also_faces_that_have_left() -> None:
    history = History()
    for second in range(100):
        history.add(reading(second, *([1] if second < 30 else [2])))
    (strip,) = history.strips()
    assert strip.face_id == 2
    assert strip.times[0] == 39
    assert strip.times[-1] == 99


def test_the_last_seconds_alone() -> None:
    history = History()
    for second in range(40):
        history.add(reading(second, 1 if second < 20 else 2))
    (strip,) = history.strips(10)
    assert strip.face_id == 2
    assert strip.times.tolist() == list(range(29, 40))


def test_a_crowd_does_not_grow_it() -> None:
    history = History(max_faces=5)
    for number in range(100):
        history.add(reading(number / 10, number + 1))
    assert [strip.face_id for strip in history.strips()] == [96, 97, 98, 99, 100]


def test_in_a_crowd_the_faces_that_came_first_keep_their_past() -> None:
    history = History(max_faces=5)
    for frame in range(30):
        history.add(reading(frame / 10, *range(1, 9)))
    assert [(strip.face_id, len(strip.times)) for strip in history.strips()] == [(face, 30) for face in range(1, 6)]


def test_strips_are_copies() -> None:
    history = History()
    history.add(reading(0.0, 1))
    (before,) = history.strips()
    before.probabilities[:] = 9
    assert history.strips()[0].probabilities.max() <= 1


class TestGap:
    def test_readings_that_are_all_slow_are_no_gaps(self) -> None:
        """One a second, say: a slow machine, or a stream of one picture a second."""
        history = History()
        for time in range(20):
            history.add(reading(float(time), 1))
        assert history.gap == 2.5

    def test_quick_readings_leave_it_as_it_is_and_one_pause_does_too(self) -> None:
        history = History()
        for time in (0.0, 0.04, 0.08, 9.0, 9.04):
            history.add(reading(time, 1))
            assert history.gap == GAP_S

    def test_another_source_begins_anew(self) -> None:
        history = History()
        for time in (100.0, 110.0, 120.0):
            history.add(reading(time, 1))
        assert history.gap == 5.0
        history.add(reading(0.0, 1))
        assert history.gap == GAP_S
