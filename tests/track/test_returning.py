"""People who leave and return keep their numbers, and no two people share one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile

from benchmarks.returning import numbers, sequences
from fervid import detect
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.settings import Settings
from fervid.track.recogniser import FaceRecogniser, Features
from fervid.track.returning import PATIENCE_S, ReturningTracker
from fervid.track.tracker import MotionTracker
from samples.drawing import draw_face
from samples.people import BEN

PICTURE = np.zeros((72, 128, 3), np.uint8)
RATE = 10


def face(who: int, x: float = 100.0, *, seen: bool = True) -> Face:
    """Return a face of this person at this place; its height tells `Features` who it is."""
    return Face(Box(x, 100.0, 100.0, 100.0 + who + (0.5 if not seen else 0.0)), 0.9)


class Looks:
    """The features of made-up people, which lie 0.85 apart; a face that is not `seen` has none."""

    def __init__(self) -> None:
        self.count = 0
        self.between = False  # whoever is seen now lies midway between the first two people

    def __call__(self, pixels: Pixels, face: Face) -> Features | None:
        who = face.box.height - 100
        if who % 1:
            return None
        self.count += 1
        features = np.zeros(128, np.float32)
        features[int(who)] = 0.6
        if self.between:
            features[:] = 0
            features[1:3] = 0.3
        return features


class Clip:
    """A tracker, and the frames that it has seen."""

    def __init__(self) -> None:
        self.looks = Looks()
        self.tracker = ReturningTracker(MotionTracker(), self.looks)
        self.time = 0.0
        self._index = 0

    def show(self, *faces: Face, seconds: float = 1.0, cut: bool = False) -> list[list[int | None]]:
        """Show some faces, and return the number of each in each frame."""
        given = []
        for step in range(round(seconds * RATE)):
            frame = Frame(PICTURE, self._index, round(self.time * 90_000), Fraction(1, 90_000))
            tracked = self.tracker.update(frame, faces, is_cut=cut and step == 0)
            found = {id(one.face): one.face_id for one in tracked}
            given.append([found.get(id(face)) for face in faces])
            self._index += 1
            self.time += 1 / RATE
        return given


def test_who_returns_after_a_minute_keeps_their_number() -> None:
    clip = Clip()
    assert clip.show(face(1), face(2, 400)) == [[1, 2]] * RATE
    assert clip.show(face(1), seconds=60) == [[1]] * 60 * RATE
    assert clip.show(face(1), face(2, 700)) == [[1, 2]] * RATE


def test_who_is_cut_away_from_and_back_to_keeps_their_number() -> None:
    clip = Clip()
    clip.show(face(1), face(2, 400))
    assert clip.show(face(3), cut=True) == [[3]] * RATE
    assert clip.show(face(2), face(1, 400), cut=True) == [[2, 1]] * RATE


def test_a_stranger_in_the_place_of_one_who_left_gets_the_next_number() -> None:
    clip = Clip()
    clip.show(face(1))
    assert clip.show(face(2), cut=True) == [[2]] * RATE
    assert clip.show(face(1), cut=True) == [[1]] * RATE


def test_twins_in_one_picture_have_two_numbers() -> None:
    clip = Clip()
    assert clip.show(face(1), face(1, 400)) == [[1, 2]] * RATE
    both = clip.show(face(1), face(1, 400), cut=True)
    assert all(None in numbers or numbers[0] != numbers[1] for numbers in both)


def test_a_twin_who_comes_later_gets_a_number_of_their_own() -> None:
    clip = Clip()
    clip.show(face(1))
    assert clip.show(face(1), face(1, 400)) == [[1, 2]] * RATE


def test_the_features_are_those_of_the_frame_that_shows_the_face() -> None:
    seen: list[Pixels] = []
    tracker = ReturningTracker(MotionTracker(), lambda pixels, _: seen.append(pixels))
    assert tracker.ended() == frozenset()
    frame = Frame(PICTURE, 0, 0, Fraction(1, 90_000))
    tracker.update(frame, [face(1)])
    assert [pixels is frame.pixels for pixels in seen] == [True]


def test_a_face_between_two_people_is_neither() -> None:
    """It resembles both more than the same person must resemble themselves."""
    clip = Clip()
    clip.show(face(1), face(2, 400))
    clip.looks.between = True
    shown = [number for (number,) in clip.show(face(3), cut=True, seconds=2 * PATIENCE_S)]
    assert set(shown) == {None, 3}
    assert shown == sorted(shown, key=lambda number: number is not None), "the new number stays"


def test_a_face_that_comes_late_is_looked_at_as_seldom_as_the_first() -> None:
    first, late = Clip(), Clip()
    first.show(face(1), seconds=0.2)
    late.show(seconds=60)
    late.show(face(1), seconds=0.2)
    assert late.looks.count == first.looks.count


def test_a_person_found_elsewhere_before_their_track_has_ended_keeps_their_number() -> None:
    clip = Clip()
    clip.show(face(1))
    assert clip.show(face(1, 900), seconds=0.5) == [[1]] * 5
    assert clip.show(face(1, 900), face(2)) == [[1, 2]] * RATE


def test_a_face_that_cannot_be_recognised_waits_while_it_may_be_somebody_who_left() -> None:
    """Its number is then a new one, and stays."""
    clip = Clip()
    clip.show(face(1))
    given = clip.show(face(1, seen=False), cut=True)
    waited = round(PATIENCE_S * RATE)
    assert given == [[None]] * waited + [[2]] * (RATE - waited)
    assert clip.show(face(1), seconds=30) == [[2]] * 30 * RATE


def test_where_nobody_has_left_a_face_is_reported_at_once() -> None:
    clip = Clip()
    assert clip.show(face(1, seen=False), face(2, 400)) == [[1, 2]] * RATE


def test_features_are_computed_a_few_times() -> None:
    clip = Clip()
    clip.show(face(1), seconds=60)
    assert clip.looks.count == 6


def test_the_number_of_one_who_left_ends_and_begins_again() -> None:
    clip = Clip()
    clip.show(face(1), face(2, 400))
    ended = set()
    for _ in range(20):
        clip.show(face(2, 400), seconds=1 / RATE)
        ended |= clip.tracker.ended()
    assert ended == {1}
    clip.show(face(1), face(2, 400))
    assert clip.tracker.ended() == frozenset()


@pytest.fixture(scope="session")
def recogniser() -> FaceRecogniser:
    """Return the real network, which fervid itself downloads where it is missing."""
    return FaceRecogniser()


def scenes() -> Iterator[tuple[bool, NDArray[np.uint8]]]:
    """Yield the frames of a real face, a drawn one, and the real one again, elsewhere and darker, with the cuts."""
    for scene in range(3):
        for step in range(6):
            image = np.full((360, 640, 3), (150, 170, 160), np.uint8)
            if scene == 1:
                draw_face(image, (320 + step, 180), 130, person=BEN)
            else:
                image = smile(
                    175 - 20 * scene + step, (0.5 + 0.05 * scene, 0.5), tilt=4.0 * scene, gain=1 - 0.1 * scene
                )
            yield step == 0 and scene > 0, image


def test_a_real_face_is_known_again(recogniser: FaceRecogniser, assets: Path) -> None:
    tracker, given = ReturningTracker(MotionTracker(), recogniser.describe), []
    with detect.create(Settings(detector="mediapipe")) as detector:
        for index, (is_cut, image) in enumerate(scenes()):
            frame = Frame(image, index, index * 9000, Fraction(1, 90_000))
            tracked = tracker.update(frame, detector.detect(image), is_cut=is_cut)
            given.append([one.face_id for one in tracked])
    assert [given[last] for last in (5, 11, 17)] == [[1], [2], [1]]


def test_small_faces_and_profiles_have_no_features(recogniser: FaceRecogniser) -> None:
    image = smile(175, (0.5, 0.5))
    with detect.create(Settings(detector="mediapipe")) as detector:
        (found,) = detector.detect(image)
    assert recogniser.describe(Pixels.of(image), found) is not None
    small = cv2.resize(image, None, fx=0.1, fy=0.1).astype(np.uint8)
    tenth = Face(found.box.scaled(0.1, 0.1), found.score)
    assert recogniser.describe(Pixels.of(small), tenth) is None
    right, left, *rest = found.keypoints
    profile = Face(found.box, found.score, (right, right._replace(x=right.x + 1), *rest))
    assert left != right
    assert recogniser.describe(Pixels.of(image), profile) is None


@pytest.mark.data
def test_people_of_ck_plus_who_return_never_share_a_number(real_data: Path, recogniser: FaceRecogniser) -> None:
    people = sequences(real_data / "data" / "ck48" / "ck48.npz")
    first, second, third, *_ = people.values()
    old: Sequence[list[NDArray[np.uint8]]] = [first, second]
    given = numbers([[p[0] for p in old], [second[1], third[0], first[1]]], recogniser)
    assert given[0] == [{1}, {2}]
    assert not given[1][1] & {1, 2}
    assert given[1][0] <= {2, 3, 4, 5}
    assert given[1][2] <= {1, 3, 4, 5}
