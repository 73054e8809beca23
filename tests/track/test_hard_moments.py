"""Identities in moments that mislead: faces that are covered, false detections beside them, and fast motion."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.track.tracker import MotionTracker

PICTURE = np.zeros((720, 1280, 3), np.uint8)


def face(x: float, y: float = 100.0, score: float = 0.9, side: float = 100.0) -> Face:
    return Face(Box(x - side / 2, y - side / 2, side, side), score)


def numbers(steps: Sequence[Sequence[Face]], rate: float) -> list[list[int | None]]:
    """Return the identity of each face of each frame, None where it is not reported."""
    tracker, given = MotionTracker(), []
    for index, faces in enumerate(steps):
        frame = Frame(PICTURE, index, round(index / rate * 90_000), Fraction(1, 90_000))
        found = {id(one.face): one.face_id for one in tracker.update(frame, faces, is_cut=False)}
        given.append([found.get(id(one)) for one in faces])
    return given


def passer_by(rate: int, stay: float) -> list[list[Face]]:
    """Return the frames in which somebody walks before a face, stays for some seconds, and walks on."""
    steps = []
    for index in range(round((2 + stay) * rate)):
        time = index / rate
        x = 320 + 280 * (max(0.0, 1 - time) + max(0.0, time - 1 - stay))
        steps.append([face(x, side=120), face(300)] if x > 400 else [face(x, side=120)])
    return steps


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_a_face_that_another_covers_for_two_seconds_keeps_its_identity(rate: int) -> None:
    given = numbers(passer_by(rate, stay=1.7), rate)
    assert given[0] == given[-1] == [1, 2]


def test_a_face_that_is_covered_for_many_seconds_is_given_up() -> None:
    given = numbers(passer_by(10, stay=4.0), 10)
    assert given[-1] == [1, 3]


def test_a_face_that_nothing_covers_is_given_up_after_a_second() -> None:
    steps = [[face(300), face(900)]] * 10 + [[face(900)]] * 15 + [[face(300), face(900)]]
    assert numbers(steps, 10)[-1] == [3, 2]


def test_a_false_detection_beside_a_hidden_face_does_not_take_its_identity() -> None:
    false = face(210, score=0.55)
    steps = [[face(100)]] * 15 + [[]] * 5 + [[false]] * 2 + [[]] * 3 + [[face(104)]]
    given = numbers(steps, 30)
    assert given[20:22] == [[None]] * 2
    assert given[-1] == [1]


@pytest.mark.parametrize(("space", "swings"), [(140, (0, 130, 250, 350, 420)), (200, (0, 150, 300, 420, 480))])
def test_a_camera_that_swings_by_more_than_a_face_in_a_frame_confuses_nobody(
    space: int, swings: tuple[int, ...]
) -> None:
    """In the first of these frames, everybody is nearer to where their neighbour was than to where they were."""
    row = [200 + space * person for person in range(4)]
    steps = [[face(x + swung) for x in row] for swung in swings]
    assert numbers(steps, 10) == [[1, 2, 3, 4]] * 5


@pytest.mark.parametrize("rate", [10, 30])
def test_a_fast_face_that_stops_while_it_is_hidden_keeps_its_identity(rate: int) -> None:
    """It is found again 1.6 widths from where its motion would have taken it."""
    walk = [[face(100 + 500 * index / rate)] for index in range(rate)]
    assert numbers([*walk, *[[]] * (3 * rate // 10), [face(550)]], rate)[-1] == [1]


def test_a_face_of_which_another_covers_the_half_keeps_its_identity() -> None:
    steps = [[face(300), face(900)]] * 10 + [[face(250), face(900)]] * 15 + [[face(250), face(300), face(900)]]
    nearer, hidden, other = numbers([[face(200), *steps[0]]] * 10 + steps[10:], 10)[-1]
    assert (nearer, hidden, other) == (1, 2, 3)


def test_a_weak_detection_far_from_where_a_hidden_face_is_expected_is_not_that_face() -> None:
    steps = [[face(100)]] * 15 + [[]] * 5 + [[face(250, score=0.55, side=165)]]
    assert numbers(steps, 10)[-1] == [None]


@pytest.mark.parametrize("rate", [10, 30, 60])
def test_a_weak_detection_must_be_nearer_to_a_face_that_was_lost_for_half_a_second_than_a_strong_one(rate: int) -> None:
    steps = [*[[face(100)]] * rate, *[[]] * (rate // 2 - 1)]
    assert numbers([*steps, [face(130, score=0.55)]], rate)[-1] == [1]
    assert numbers([*steps, [face(255, score=0.55)]], rate)[-1] == [None]
    assert numbers([*steps, [face(255)]], rate)[-1] == [1]


@pytest.mark.parametrize("rate", [10, 30])
@pytest.mark.parametrize(("speed", "identity"), [(0, 2), (600, 1)])
def test_the_faster_a_face_moved_the_farther_from_its_way_it_may_come_back(
    rate: int, speed: float, identity: int
) -> None:
    """It is found at three and a half widths from where its motion would have taken it in half a second."""
    walk = [[face(100 + speed * index / rate)] for index in range(rate)]
    expected = 100 + speed * (1 - 1 / rate) + speed * 0.4
    assert numbers([*walk, *[[]] * (rate // 2 - 1), [face(expected, y=450)]], rate)[-1] == [identity]


@pytest.mark.parametrize(("missed", "near", "far"), [(0, 90, 135), (14, 220, 290), (26, 260, 350)])
def test_the_longer_a_face_was_hidden_the_farther_from_there_it_may_come_back(
    missed: int, near: float, far: float
) -> None:
    steps = [[face(400)], *[[]] * missed]
    assert numbers([*steps, [face(400 + near)]], 30)[-1] == [1]
    assert numbers([*steps, [face(400 + far)]], 30)[-1] == [2]


@pytest.mark.parametrize("y", [280, 350])
def test_a_face_that_comes_at_the_edge_where_another_one_left_has_a_new_identity(y: float) -> None:
    steps = [[face(40)]] * 10 + [[]] * 5 + [[face(40, y)]]
    assert numbers(steps, 10)[-1] == [2]
    assert numbers([[face(one.box.x + 550, one.box.y + 50) for one in faces] for faces in steps], 10)[-1] == [1]


@pytest.mark.parametrize(("lost", "identity"), [(1.3, 2), (2.0, 3)])
def test_a_face_may_be_lost_longer_only_by_the_time_for_which_another_covers_it(lost: float, identity: int) -> None:
    """Eight seconds into the video, somebody walks past it within half a second."""
    walk = [face(600 - 28 * step, side=120) for step in range(21)]
    steps = [[one, face(300)] for one in [walk[0]] * 80 + walk[:8]]
    steps += [[one] for one in walk[8:] + walk[-1:] * 10][: round(10 * lost) - 1]
    assert numbers([*steps, [walk[-1], face(300)]], 10)[-1] == [1, identity]


def test_a_face_of_which_another_covers_a_fifth_is_given_up_after_a_second() -> None:
    steps = [[face(300), face(220)]] * 10 + [[face(220)]] * 15 + [[face(300), face(220)]]
    assert numbers(steps, 10)[-1] == [3, 2]


@pytest.mark.parametrize("is_sideways", [True, False])
def test_a_face_that_left_the_frame_behind_another_one_is_given_up_after_a_second(is_sideways: bool) -> None:
    """Within the frame, the same face is only hidden."""

    def last(other: float) -> int | None:
        """Return the identity of somebody who walks past the place of another face and is back 1.5 seconds later."""
        walk = [other + 100 - 10 * step for step in range(10)]
        places = [*([other, there] for there in walk), *[[other]] * 14, [other, other + 20]]
        steps = [[face(at, 400) if is_sideways else face(400, at) for at in there] for there in places]
        return numbers(steps, 10)[-1][-1]

    assert last(other=10) == 3
    assert last(other=310) == 2


def test_somebody_who_appears_beside_where_a_calm_face_was_is_another_one() -> None:
    calm = [[face(300)]] * 30
    assert numbers([*calm, [face(350)]], 30)[-1] == [1]
    assert numbers([*calm, [face(390)]], 30)[-1] == [2]


def test_somebody_who_steps_between_two_people_takes_nobodys_identity() -> None:
    steps = [[face(300), face(445)]] * 60 + [[face(300), face(350)]]
    assert numbers(steps, 60)[-1] == [1, 3]


def test_a_face_that_moves_suddenly_is_not_lost_to_a_false_detection_at_its_old_place() -> None:
    steps = [[face(300)]] * 30 + [[face(300, score=0.55), face(370)]]
    assert numbers(steps, 30)[-1] == [None, 1]


def test_a_row_of_people_of_whom_the_first_hides_as_the_last_comes_back_has_not_moved() -> None:
    """Everybody who is seen might be taken for their neighbour."""
    row = [face(200 + 140 * person) for person in range(4)]
    steps = [row] * 10 + [row[:3]] * 2 + [row[1:]]
    assert numbers(steps, 10)[-1] == [2, 3, 4]
