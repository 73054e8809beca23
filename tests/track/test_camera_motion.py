"""The motion of the camera, told by the faces of two frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from fervid.core.geometry import Box, Point
from fervid.track.camera_motion import STILL, CameraMotion
from fervid.track.motion import Motion

SIDE = 100.0


def row(count: int, space: float = 200.0) -> list[Box]:
    """Return people who stand side by side."""
    return [Box(100 + space * person, 80, SIDE, SIDE) for person in range(count)]


def moved(boxes: Sequence[Box], x: float, y: float = 0.0, grown: float = 1.0) -> list[Box]:
    """Return boxes that were moved by some pixels and have grown around their centres."""
    more = SIDE * (grown - 1)
    return [Box(box.x + x - more / 2, box.y + y - more / 2, SIDE + more, SIDE + more) for box in boxes]


def surprise(before: Sequence[Box], now: Sequence[Box], elapsed: float = 0.1, **options: bool) -> Point:
    """Return the movement between two frames, before which everybody stood still for a second."""
    expected = []
    for box in before:
        motion = Motion.first(box)
        for _ in range(round(1 / elapsed) if elapsed else 0):
            motion = motion.after(elapsed).corrected(box)
        expected.append(motion.after(elapsed))
    return CameraMotion().surprise(expected, now, elapsed, **options)


@pytest.mark.parametrize(("x", "y"), [(60, 0), (0, 60), (-60, 40), (45, -80)])
def test_where_all_faces_move_alike_the_camera_has_moved(x: float, y: float) -> None:
    people = row(4)
    assert surprise(people, moved(people, x, y)) == pytest.approx(Point(x, y))
    assert surprise(people, moved(people, x, y)[::-1]) == pytest.approx(Point(x, y)), "detections have no order"
    assert surprise(people[:2], moved(people[:2], x, y)) == pytest.approx(Point(x, y)), "two people are enough"


def test_faces_that_stay_and_a_single_one_tell_no_movement() -> None:
    people = row(4)
    assert surprise(people, people) == STILL
    assert surprise(people[:1], moved(people[:1], 60)) == STILL
    assert surprise(people, moved(people[:1], 60)) == STILL
    assert surprise(people, []) == STILL
    assert surprise(people[:1], moved(people, 60)) == STILL
    assert surprise(people, moved(people, 60), elapsed=0.0) == STILL


@pytest.mark.parametrize(("x", "is_movement"), [(26, False), (34, True)])
def test_a_movement_of_less_than_three_tenths_of_a_face_does_not_count(x: float, is_movement: bool) -> None:
    assert surprise(row(4), moved(row(4), x), elapsed=0.04) == pytest.approx(Point(x, 0) if is_movement else STILL)


@pytest.mark.parametrize(("x", "is_movement"), [(38, True), (42, False)])
def test_in_a_short_time_the_camera_does_not_move_far(x: float, is_movement: bool) -> None:
    """By twice its usual acceleration: 16 widths a second, in a fortieth of a second."""
    assert surprise(row(4), moved(row(4), x), elapsed=0.025) == pytest.approx(Point(x, 0) if is_movement else STILL)


def test_faces_that_also_move_a_little_by_themselves_tell_it_by_their_median() -> None:
    people = row(5)
    sways = ((12, 0), (-12, 3), (0, -10), (2, 12), (-3, -4))
    now = [box for one, (x, y) in zip(people, sways, strict=True) for box in moved([one], 70 + x, y)]
    assert surprise(people, now) == pytest.approx(Point(70, 0))


@pytest.mark.parametrize(("count", "is_movement"), [(5, True), (4, False)])
def test_four_of_five_must_take_part(count: int, is_movement: bool) -> None:
    people = row(count, space=300)
    movement = pytest.approx(Point(80, 0) if is_movement else STILL)
    rest = moved(people[1:], 80)
    assert surprise(people, [people[0], *rest]) == movement, "one stays"
    assert surprise(people, [*moved(people[:1], 0, 900), *rest]) == movement, "one is elsewhere"
    assert surprise(people, [*moved(people[:1], 80, grown=2.0), *rest]) == movement, "one is somebody else"
    assert surprise(people, rest) == movement, "one has left"
    assert surprise([*people[1:], *moved(people[1:2], 40)], rest) == movement, "one is behind another"


def test_of_two_movements_that_explain_as_much_the_shorter_one_counts() -> None:
    people = row(2, space=1000)
    assert surprise(people, [*moved(people, -60), *moved(people, 40)], elapsed=0.04) == pytest.approx(Point(40, 0))


def test_people_who_move_by_themselves_move_no_camera() -> None:
    people = row(4, space=300)
    steps = ((60, 0), (-60, 0), (0, 60), (0, -60))
    assert (
        surprise(people, [box for one, step in zip(people, steps, strict=True) for box in moved([one], *step)]) == STILL
    )


def test_it_moves_by_more_than_a_face_only_where_nobody_comes_or_goes() -> None:
    people = row(5, space=400)
    far = moved(people, 150)
    assert surprise(people, far, elapsed=0.2) == pytest.approx(Point(150, 0))
    assert surprise(people, far, elapsed=0.2, hidden=True) == STILL
    assert surprise(people, far[1:], elapsed=0.2) == STILL
    assert surprise(people, moved(people, 80)[1:], elapsed=0.2) == pytest.approx(Point(80, 0))
    assert surprise(people, moved(people, 80), elapsed=0.2, hidden=True) == pytest.approx(Point(80, 0))


@pytest.mark.parametrize(("grown", "is_movement"), [(1.45, True), (0.7, True), (1.55, False), (0.6, False)])
def test_a_face_of_another_size_is_somebody_else(grown: float, is_movement: bool) -> None:
    people = row(3, space=300)
    assert surprise(people, moved(people, 60, grown=grown)) == pytest.approx(Point(60, 0) if is_movement else STILL)


def test_a_camera_that_moves_goes_on_for_a_while() -> None:
    camera = CameraMotion()
    assert camera.expected(0.1) == STILL
    camera.learn(Point(30, -15), 0.1)
    assert camera.expected(0.001) == pytest.approx(Point(0.3, -0.15), rel=0.01)
    assert camera.expected(0.3) == pytest.approx(Point(90 * (1 - math.exp(-1)), -45 * (1 - math.exp(-1))))
    assert camera.expected(60) == pytest.approx(Point(90, -45))
    camera.learn(Point(30, -15), 0.0)
    assert camera.expected(0.1) == STILL, "within no time"
