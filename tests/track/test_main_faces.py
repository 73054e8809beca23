"""The largest faces of a picture, chosen so that they do not change from frame to frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.detect.search import EveryFrame
from fervid.errors import UsageError
from fervid.run.analyser import Analyser
from fervid.settings import Settings
from fervid.smooth.base import Unsmoothed
from fervid.testing import FakeDetector, FakeEngine
from fervid.track.main_faces import LARGER, PATIENCE_S, MainFaces
from fervid.track.tracker import MotionTracker, StillFaces

PICTURE = np.zeros((720, 1280, 3), np.uint8)
LEFT, MIDDLE, RIGHT = 200.0, 600.0, 1000.0


def face(x: float, side: float) -> Face:
    return Face(Box(x - side / 2, 300 - side / 2, side, side), 0.9)


class Clip:
    """Frames with faces, and where the reported ones are.

    Args:
        most: As for `MainFaces`.
        rate: Frames a second.
    """

    def __init__(self, most: int = 1, rate: float = 30.0) -> None:
        self.tracker = MainFaces(MotionTracker(), most)
        self._rate, self._index = rate, 0

    def show(self, *faces: Face, seconds: float = 1.0, cut: bool = False) -> list[list[float]]:
        return self.play([faces] * round(seconds * self._rate), cut=cut)

    def play(self, frames: Iterable[Sequence[Face]], *, cut: bool = False) -> list[list[float]]:
        found = []
        for number, faces in enumerate(frames):
            time = round(self._index / self._rate * 90_000)
            frame = Frame(PICTURE, self._index, time, Fraction(1, 90_000))
            tracked = self.tracker.update(frame, faces, is_cut=cut and number == 0)
            found.append(sorted(one.face.box.centre.x for one in tracked))
            self._index += 1
        return found


def test_the_largest_face_of_the_first_frame_is_the_main_one() -> None:
    assert Clip().show(face(LEFT, 80), face(RIGHT, 120)) == [[RIGHT]] * 30


def test_as_many_faces_as_asked_for_are_reported() -> None:
    faces = face(LEFT, 80), face(MIDDLE, 100), face(RIGHT, 120)
    assert Clip(2).show(*faces) == [[MIDDLE, RIGHT]] * 30
    assert Clip(3).show(*faces) == Clip(9).show(*faces) == [[LEFT, MIDDLE, RIGHT]] * 30


@pytest.mark.parametrize("rate", [5.0, 30.0])
def test_of_two_faces_of_about_the_same_size_the_first_choice_stays(rate: float) -> None:
    random = np.random.default_rng(3)
    sizes = 100 * np.exp(random.normal(0, 0.15, (round(20 * rate), 2)))
    clip = Clip(rate=rate)
    clip.show(face(LEFT, 101), face(RIGHT, 100))
    assert clip.play([face(LEFT, one), face(RIGHT, other)] for one, other in sizes) == [[LEFT]] * len(sizes)


def test_another_face_takes_the_place_once_it_has_been_clearly_larger_for_a_while() -> None:
    clip = Clip()
    clip.show(face(LEFT, 100), face(RIGHT, 90))
    shown = clip.show(face(LEFT, 100), face(RIGHT, 105 * LARGER), seconds=3)
    waited = round(PATIENCE_S * 30)
    assert shown[: waited - 1] == [[LEFT]] * (waited - 1)
    assert shown[waited:] == [[RIGHT]] * (90 - waited)


def test_the_smallest_of_several_makes_room() -> None:
    clip = Clip(2)
    clip.show(face(LEFT, 200), face(RIGHT, 100), face(MIDDLE, 90))
    assert clip.show(face(LEFT, 200), face(RIGHT, 100), face(MIDDLE, 150), seconds=2)[-1] == [LEFT, MIDDLE]


def test_whoever_lost_the_place_waits_for_it_as_long_as_before() -> None:
    clip = Clip()
    clip.show(face(LEFT, 100), face(RIGHT, 90))
    assert clip.show(face(LEFT, 100), face(RIGHT, 140), seconds=1.5)[-1] == [RIGHT]
    assert clip.show(face(LEFT, 140), face(RIGHT, 100), seconds=1.2)[-1] == [LEFT]
    assert clip.show(face(LEFT, 100), face(RIGHT, 140), seconds=0.8) == [[LEFT]] * 24


def test_a_moment_in_which_it_was_smaller_only_delays_it() -> None:
    clip = Clip()
    clip.show(face(LEFT, 100), face(RIGHT, 90))
    clip.show(face(LEFT, 100), face(RIGHT, 150), seconds=0.9)
    assert clip.show(face(LEFT, 100), face(RIGHT, 110), seconds=0.2) == [[LEFT]] * 6
    assert clip.show(face(LEFT, 100), face(RIGHT, 150), seconds=0.5)[-1] == [RIGHT]


def test_nobody_takes_the_place_of_a_face_that_is_hidden_for_a_moment() -> None:
    clip = Clip()
    clip.show(face(LEFT, 100), face(RIGHT, 99))
    assert clip.show(face(RIGHT, 99), seconds=0.5) == [[]] * 15
    assert clip.show(face(LEFT, 100), face(RIGHT, 99)) == [[LEFT]] * 30


def test_the_next_largest_takes_the_place_of_a_face_that_left() -> None:
    clip = Clip()
    clip.show(face(LEFT, 100), face(MIDDLE, 80), face(RIGHT, 99))
    assert clip.show(face(MIDDLE, 80), face(RIGHT, 99), seconds=2)[-1] == [RIGHT]


def test_a_new_scene_is_a_new_choice() -> None:
    clip = Clip()
    clip.show(face(LEFT, 100), face(RIGHT, 99))
    assert clip.show(face(LEFT, 99), face(RIGHT, 100), cut=True) == [[RIGHT]] * 30


def test_the_same_frames_give_the_same_choice() -> None:
    random = np.random.default_rng(5)
    frames = [[face(x, random.uniform(60, 140)) for x in (LEFT, MIDDLE, RIGHT)] for _ in range(200)]
    assert Clip(2).play(frames) == Clip(2).play(frames)


def test_the_numbers_are_those_without_the_choice() -> None:
    frame = Frame(PICTURE, 0, 0, Fraction(1, 30))
    faces = [face(LEFT, 80), face(RIGHT, 120)]
    everyone = {one.face.box.x: one.face_id for one in MotionTracker().update(frame, faces)}
    (main,) = MainFaces(MotionTracker(), 1).update(frame, faces)
    assert main.face_id == everyone[main.face.box.x]


def test_the_largest_faces_of_a_picture_are_numbered_from_left_to_right() -> None:
    faces = [face(RIGHT, 90), face(LEFT, 80), face(MIDDLE, 120)]
    found = StillFaces(2).update(Frame(PICTURE, 0, 0, Fraction(1)), faces)
    assert [(one.face_id, one.face.box.centre.x) for one in found] == [(1, MIDDLE), (2, RIGHT)]


def test_a_face_that_is_not_chosen_is_not_classified_but_remains_known_as_left_out() -> None:
    engine = FakeEngine()
    faces = [face(LEFT, 80), face(RIGHT, 120)]
    analyser = Analyser(
        EveryFrame(FakeDetector(lambda _: faces)), MainFaces(MotionTracker(), 1), engine, Unsmoothed(), batch=1
    )
    ((_, reading),) = analyser.read(analyser.find([Frame(PICTURE, 0, 0, Fraction(1, 30))]))
    assert [one.box for one in reading.faces] == [faces[1].box]
    assert reading.left_out == (faces[0].box,)
    assert engine.batches == [1]


def test_one_face_at_least_is_asked_for() -> None:
    with pytest.raises(UsageError, match="faces takes a whole number from 1 to 1000, not 0"):
        Settings(faces=0)
