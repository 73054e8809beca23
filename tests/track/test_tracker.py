"""Identities of faces, frame by frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.footage import Footage

from fervid import detect
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.settings import Settings
from fervid.track.tracker import START_SCORE, MotionTracker, StillFaces
from samples.drawing import draw_face

PICTURE = np.zeros((72, 128, 3), np.uint8)


class Cuts:
    """A cut detector that reports a cut at the given frames."""

    def __init__(self, *frames: int) -> None:
        self._frames, self._count = frames, -1

    def is_cut(self, image: NDArray[np.uint8]) -> bool:
        self._count += 1
        return self._count in self._frames


def frame(index: int, time: float, image: NDArray[np.uint8] = PICTURE) -> Frame:
    return Frame(image, index, round(time * 90_000), Fraction(1, 90_000))


def face(x: float, y: float = 100.0, score: float = 0.9, side: float = 100.0) -> Face:
    return Face(Box(x - side / 2, y - side / 2, side, side), score)


def ids(tracker: MotionTracker, steps: Iterable[Sequence[Face]], rate: float = 30.0, start: int = 0) -> list[list[int]]:
    """Return the identities in each frame, at `rate` frames a second."""
    return [
        [tracked.face_id for tracked in tracker.update(frame(index, index / rate), faces)]
        for index, faces in enumerate(steps, start)
    ]


def by_place(tracker: MotionTracker, index: int, time: float, faces: Sequence[Face]) -> list[int | None]:
    """Return the identity of each face, in the order given."""
    tracked = {id(t.face): t.face_id for t in tracker.update(frame(index, time), faces)}
    return [tracked.get(id(face)) for face in faces]


def test_a_face_has_one_identity_from_its_first_frame() -> None:
    assert ids(MotionTracker(Cuts()), [[], [face(100)], [face(103)], [face(106)]]) == [[], [1], [1], [1]]


def test_new_faces_are_numbered_and_returned_in_that_order() -> None:
    steps = [[face(100)], [face(400), face(101)], [face(700), face(401), face(102)]]
    assert ids(MotionTracker(Cuts()), steps) == [[1], [1, 2], [1, 2, 3]]


def test_a_camera_that_swings_faster_and_faster_confuses_nobody() -> None:
    """Ten frames a second: from one to the next, a row of people moves by more than half of the space between them."""
    steps = [[face(200 + 130 * person + swung) for person in range(4)] for swung in (0, 0, 70, 150, 200, 190, 120, 30)]
    assert ids(MotionTracker(Cuts()), steps, rate=10) == [[1, 2, 3, 4]] * 8
    tracker = MotionTracker(Cuts())
    for index, faces in enumerate(steps):
        assert by_place(tracker, index, index / 10, faces) == [1, 2, 3, 4]


@pytest.mark.parametrize("is_tilted", [False, True], ids=["panned", "tilted"])
def test_a_camera_that_moves_takes_a_hidden_face_along(is_tilted: bool) -> None:
    tracker = MotionTracker(Cuts())
    for index, swung in enumerate((0, 0, 0, 80, 160, 240, 300)):
        places = [(200.0 + 250 * person + swung, 100.0) for person in range(4)]
        hidden, *others = (face(*(place[::-1] if is_tilted else place)) for place in places)
        faces = [*others, hidden] if index in (0, 1, 2, 6) else others
        found = by_place(tracker, index, index / 10, faces)
    assert found[-1] == 4


def test_two_of_four_who_move_alike_are_no_moving_camera() -> None:
    tracker = MotionTracker(Cuts())
    for index in range(8):
        walked = max(0, index - 3) * 60
        places = (200, 330 + walked, 800, 930 + walked)
        found = by_place(tracker, index, index / 10, [face(x) for x in places])
        assert found == [1, 2, 3, 4]


def test_each_tracker_numbers_from_1() -> None:
    for _ in range(2):
        assert ids(MotionTracker(Cuts()), [[face(100)]]) == [[1]]


def test_the_detected_face_is_passed_on() -> None:
    seen = face(100)
    (tracked,) = MotionTracker(Cuts()).update(frame(0, 0.0), [seen])
    assert tracked.face is seen


@pytest.mark.parametrize("gap", [1, 15, 30])
def test_a_face_lost_for_up_to_a_second_keeps_its_identity(gap: int) -> None:
    steps = [[face(100)], [face(100)], *[[]] * (gap - 1), [face(110)]]
    assert ids(MotionTracker(Cuts()), steps)[-1] == [1]


def test_a_face_lost_for_longer_gets_a_new_identity_and_the_old_one_ends() -> None:
    tracker = MotionTracker(Cuts())
    steps = [[face(100)], [face(100)], *[[]] * 30, [face(100)]]
    assert ids(tracker, steps)[-1] == [2]
    assert tracker.ended() == {1}
    ids(tracker, [[face(100)]], start=len(steps))
    assert tracker.ended() == frozenset(), "an end is told once"


def test_a_face_that_is_seen_once_a_second_keeps_its_identity_throughout_the_video() -> None:
    """Some of these seconds come out slightly longer, as the times of frames are rounded."""
    steps = [[face(100)], *[[]] * 29] * 40
    assert ids(MotionTracker(Cuts()), steps) == [[1], *[[]] * 29] * 40


def test_the_gap_is_measured_in_time_not_frames() -> None:
    """A second is five frames at 5 frames/s."""
    assert ids(MotionTracker(Cuts()), [[face(100)], *[[]] * 4, [face(100)]], rate=5)[-1] == [1]
    assert ids(MotionTracker(Cuts()), [[face(100)], *[[]] * 5, [face(100)]], rate=5)[-1] == [2]


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
def test_a_face_keeps_its_identity_at_low_frame_rates(rate: float) -> None:
    steps = [[face(100)], [face(150)], [face(90)], [], [face(95)]]
    assert ids(MotionTracker(Cuts()), steps, rate) == [[1], [1], [1], [], [2]]


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
def test_a_moving_face_keeps_its_identity_at_any_stride(stride: int) -> None:
    """A head crosses a 720p frame in two seconds."""
    steps = [[face(100 + 600 * index / 30)] for index in range(0, 60, stride)]
    assert set(map(tuple, ids(MotionTracker(Cuts()), steps, 30 / stride))) == {(1,)}


def test_a_distant_face_gets_another_identity() -> None:
    assert ids(MotionTracker(Cuts()), [[face(100)], [face(400)]]) == [[1], [2]]


@pytest.mark.parametrize("rate", [1.0, 30.0])
def test_a_face_of_another_size_gets_another_identity(rate: float) -> None:
    assert ids(MotionTracker(Cuts()), [[face(100)], [face(100, side=250)]], rate) == [[1], [2]]


def test_a_growing_face_keeps_its_identity() -> None:
    steps = [[face(300, side=60 * 1.05**step)] for step in range(30)]
    assert set(map(tuple, ids(MotionTracker(Cuts()), steps))) == {(1,)}


def test_neighbouring_faces_are_assigned_together() -> None:
    """Assigned one by one, the first track would take the second face, which is nearer to its last position."""
    tracker = MotionTracker(Cuts())
    assert by_place(tracker, 0, 0.0, [face(100), face(170)]) == [1, 2]
    assert by_place(tracker, 1, 1 / 30, [face(150), face(220)]) == [1, 2]


@pytest.mark.parametrize("hidden", [range(0), range(18, 23), range(15, 26)], ids=["seen", "briefly hidden", "hidden"])
def test_faces_that_cross_do_not_swap(hidden: range) -> None:
    """Two people walk past each other; where they overlap, the detector loses the one behind."""
    tracker = MotionTracker(Cuts())
    for step in range(41):
        there, back = face(100 + 10 * step), face(500 - 10 * step, y=110)
        seen = [there] if step in hidden else [there, back]
        assert by_place(tracker, step, step / 30, seen) == [1, 2][: len(seen)], step


@pytest.mark.parametrize("rate", [10, 30, 60])
@pytest.mark.parametrize("hidden", [0.0, 0.5, 0.9])
def test_equal_faces_at_one_height_that_cross_do_not_swap(rate: int, hidden: float) -> None:
    """Only their motion tells them apart."""
    tracker = MotionTracker(Cuts())
    for step in range(4 * rate):
        time = step / rate
        there, back = face(100 + 100 * time), face(500 - 100 * time)
        seen = [there] if abs(time - 2) < hidden / 2 else [there, back]
        assert by_place(tracker, step, time, seen) == [1, 2][: len(seen)], step


def test_a_face_that_walks_behind_a_pillar_is_found_on_the_other_side() -> None:
    """It comes out two face widths from where it was last seen."""
    steps = [[] if 30 <= step < 54 else [face(100 + 250 * step / 30)] for step in range(90)]
    assert ids(MotionTracker(Cuts()), steps) == [[1]] * 30 + [[]] * 24 + [[1]] * 36


def test_a_cut_ends_every_face() -> None:
    tracker = MotionTracker(Cuts(3))
    assert ids(tracker, [[face(100), face(300)]] * 4) == [[1, 2]] * 3 + [[3, 4]]
    assert tracker.ended() == {1, 2}


def test_a_weak_detection_continues_a_face() -> None:
    steps = [[face(100)], [face(102, score=0.5)], [face(104, score=0.55)], [face(106)]]
    assert ids(MotionTracker(Cuts()), steps) == [[1]] * 4


def test_a_passing_weak_detection_is_never_reported() -> None:
    """It gets no identity and uses no number, even beside a real face."""
    steps = [[face(500, score=0.65), face(100)]] * 30 + [[face(100)]] * 4
    assert ids(MotionTracker(Cuts()), steps * 3) == [[1]] * 3 * 34
    assert ids(MotionTracker(Cuts()), [*steps, [face(500, score=0.75), face(100)]])[-1] == [1, 2]


@pytest.mark.parametrize("score", [0.0, 0.3, 0.69])
def test_a_weak_face_that_stays_counts_after_a_second(score: float) -> None:
    """The detector leaves out what is below --min-score; everything else is shown sooner or later."""
    assert ids(MotionTracker(Cuts()), [[face(100, score=score)]] * 32) == [[]] * 30 + [[1]] * 2


def test_a_weak_face_that_the_search_finds_again_with_a_strong_score_counts_at_once() -> None:
    tracker = MotionTracker(Cuts())
    traced = Face(face(100).box, 0.55, best_score=START_SCORE)
    assert [one.face_id for one in tracker.update(frame(0, 0.0), [traced])] == [1]
    weak = Face(face(600).box, 0.55, best_score=START_SCORE - 0.01)
    assert [one.face_id for one in tracker.update(frame(1, 0.04), [traced, weak])] == [1]


@pytest.mark.parametrize(
    ("best_score", "x", "same"),
    [(0.9, 300.0, True), (0.0, 300.0, False), (0.9, 0.0, False)],
    ids=["known", "unknown", "edge"],
)
def test_a_weak_box_that_jumps_is_that_of_a_face_that_the_search_knows(best_score: float, x: float, same: bool) -> None:
    """At the edge of the frame it may be somebody else, who comes as another one leaves."""
    tracker, picture = MotionTracker(), np.zeros((480, 640, 3), np.uint8)
    for index in range(10):
        tracker.update(frame(index, index / 30, picture), [face(x)])
    jumped = replace(face(x + 44, score=0.6), best_score=best_score)
    assert ([one.face_id for one in tracker.update(frame(10, 10 / 30, picture), [jumped])] == [1]) is same


def test_a_weak_face_may_be_missed_for_a_tenth_of_a_second_before_it_counts() -> None:
    seen, missed = [face(100, score=0.6)], []
    assert ids(MotionTracker(Cuts()), [seen, missed, missed] * 11)[30] == [1]
    assert ids(MotionTracker(Cuts()), [seen, missed, missed, missed] * 11) == [[]] * 44


@pytest.mark.parametrize("rate", [0.1, 1.0, 2.0])
def test_where_frames_are_far_apart_a_weak_face_counts_from_the_third(rate: float) -> None:
    assert ids(MotionTracker(Cuts()), [[face(100, score=0.6)]] * 4, rate) == [[], [], [1], [1]]


def test_a_weak_face_that_becomes_a_strong_one_counts_at_once() -> None:
    tracker = MotionTracker(Cuts())
    assert ids(tracker, [[face(100, score=0.6)]] * 5 + [[face(100, score=0.7)]]) == [[]] * 5 + [[1]]
    assert ids(tracker, [[face(100, score=0.6)]], start=6) == [[1]]


def test_weak_detections_at_one_place_with_pauses_between_them_do_not_count() -> None:
    steps = [[face(100, score=0.6)], [face(100, score=0.6)], [], [], []]
    assert ids(MotionTracker(Cuts()), steps * 20) == [[]] * 100


def test_nobody_has_ended_before_the_first_frame() -> None:
    assert MotionTracker().ended() == frozenset()


def test_an_uncounted_face_never_ends() -> None:
    tracker = MotionTracker(Cuts())
    for index in range(12):
        tracker.update(frame(index, float(index)), [] if index % 2 else [face(100, score=0.6)])
        assert tracker.ended() == frozenset()


def test_faces_that_left_are_forgotten() -> None:
    """A crowd passes, and every identity ends."""
    tracker, ended, count = MotionTracker(Cuts()), set(), 400
    for index in range(count):
        tracker.update(frame(index, index / 10), [face(300 * (index % 7), y=300 * (index % 3))])
        ended |= tracker.ended()
    for index in range(count, count + 2):
        tracker.update(frame(index, float(index)), [])
        ended |= tracker.ended()
    assert ended == set(range(1, max(ended) + 1))


boxes = st.builds(Box, *[st.floats(-500, 2000)] * 2, *[st.floats(0, 500)] * 2)
crowds = st.lists(st.lists(st.builds(Face, boxes, st.floats(0, 1)), max_size=6), max_size=12)


@given(crowds=crowds, rate=st.sampled_from([0.5, 5.0, 30.0]))
def test_identities_are_unique_in_a_frame_and_never_reused(crowds: list[list[Face]], rate: float) -> None:
    tracker, ended, last = MotionTracker(Cuts(), probation=math.inf), set(), 0
    for index, faces in enumerate(crowds):
        tracked = tracker.update(frame(index, index / rate), faces)
        given_now = [t.face_id for t in tracked]
        ended |= tracker.ended()
        assert given_now == sorted(set(given_now))
        assert not ended & set(given_now)
        assert all(number <= last or t.face.score >= 0.7 for number, t in zip(given_now, tracked, strict=True))
        new = [number for number in given_now if number > last]
        assert new == list(range(last + 1, last + 1 + len(new)))
        last += len(new)


def test_two_drawn_people_who_cross_keep_their_identities(assets: Path) -> None:
    """The real detector is used; the person in front hides the other for a moment."""
    tracker = MotionTracker()
    found: dict[str, set[int]] = {"there": set(), "back": set()}
    with detect.create(Settings(detector="mediapipe")) as detector:
        for step in range(31):
            image = np.full((360, 640, 3), (150, 170, 160), np.uint8)
            away = 220 * math.cos(math.pi * step / 30)
            truth = {
                "back": Box(*draw_face(image, (320 + away, 150), 90)),
                "there": Box(*draw_face(image, (320 - away, 165), 105)),
            }
            image = cv2.GaussianBlur(image, (0, 0), 0.6).astype(np.uint8)
            for tracked in tracker.update(frame(step, step / 20, image), detector.detect(image)):
                name = max(truth, key=lambda name: truth[name].iou(tracked.face.box))
                if abs(away) > 60:
                    found[name].add(tracked.face_id)
    assert sorted(map(tuple, found.values())) == [(1,), (2,)]


@pytest.mark.parametrize(
    ("name", "frames_with_a_face", "identities"),
    [("smile.mp4", 72, 1), ("lean.mp4", 472, 1), ("things.mp4", 0, 0), ("gone.mov", 72, 1)],
)
def test_one_real_face_is_one_identity(
    name: str, frames_with_a_face: int, identities: int, footage: Footage, assets: Path
) -> None:
    found = identities_in(footage[name])
    assert sum(map(bool, found)) == frames_with_a_face
    assert {number for numbers in found for number in numbers} == set(range(1, identities + 1))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "frames_with_a_face", "identities"),
    [("single_face_mp3.mp4", 72, 1), ("no_face.mp4", 0, 0), ("face_then_none_hevc.mov", 72, 1)],
)
def test_real_clips(name: str, frames_with_a_face: int, identities: int, real_clips: Path, assets: Path) -> None:
    """One person has one identity, false detections have none, and the cut ends the identity."""
    found = identities_in(real_clips / name)
    assert sum(map(bool, found)) == frames_with_a_face
    assert {number for numbers in found for number in numbers} == set(range(1, identities + 1))


def identities_in(clip: Path) -> list[list[int]]:
    """Return the identities of the faces in each frame, as MediaPipe finds them."""
    tracker, capture, found = MotionTracker(), cv2.VideoCapture(str(clip)), []
    with detect.create(Settings(detector="mediapipe")) as detector:
        while (image := capture.read()[1]) is not None:
            picture = np.asarray(image, np.uint8)
            faces = tracker.update(frame(len(found), len(found) / 30, picture), detector.detect(picture))
            found.append([face.face_id for face in faces])
    return found


def test_still_faces_are_numbered_from_left_to_right_in_each_picture() -> None:
    tracker = StillFaces()
    for index, places in enumerate([(300.0, 10.0, 150.0), (20.0,), ()]):
        tracked = tracker.update(frame(index, float(index)), [face(x) for x in places])
        assert [one.face_id for one in tracked] == list(range(1, len(places) + 1))
        assert [one.face.box.centre.x for one in tracked] == sorted(places)
        assert tracker.ended() == frozenset()


def test_a_moving_face_keeps_its_identity_and_speed_where_the_frame_changes_its_size() -> None:
    """It moves by nearly its own width from frame to frame, so that its speed is needed to find it again."""
    tracker = MotionTracker(Cuts())
    small, large = np.zeros((72, 128, 3), np.uint8), np.zeros((720, 1280, 3), np.uint8)
    found = []
    for index in range(8):
        scale, image = (1, small) if index < 4 else (10, large)
        seen = face((10 + index * 8) * scale, 36 * scale, side=9 * scale)
        found.append([tracked.face_id for tracked in tracker.update(frame(index, index / 30, image), [seen])])
    assert found == [[1]] * 8
