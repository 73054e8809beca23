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


def test_a_camera_that_swings_by_more_than_a_face_in_a_frame_confuses_nobody() -> None:
    """From one frame to the next, everybody is nearly where their neighbour was."""
    row = [200 + 140 * person for person in range(4)]
    steps = [[face(x + swung) for x in row] for swung in (0, 130, 250, 350, 420)]
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


def test_a_face_that_comes_at_the_edge_where_another_one_left_has_a_new_identity() -> None:
    steps = [[face(40)]] * 10 + [[]] * 5 + [[face(40, 350)]]
    assert numbers(steps, 10)[-1] == [2]
    assert numbers([[face(one.box.x + 550, one.box.y + 50) for one in faces] for faces in steps], 10)[-1] == [1]
