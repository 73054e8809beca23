"""Head pose: known angles come back, and turned pictures of a real face change them as they should."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.astronaut import smile

from benchmarks.head_pose import turned
from fervid import detect
from fervid.core.geometry import HeadPose, Point
from fervid.crop.head_pose import MEAN_FACE, head_pose
from fervid.detect.base import Detector
from fervid.settings import Settings

DISTANCE = 13.0
"""The distance of the camera in eye distances."""

yaws, pitches, rolls = st.floats(-60, 60), st.floats(-40, 40), st.floats(-179, 179)


def rotation(axis: int, degrees: float) -> NDArray[np.float64]:
    """Return the right-handed rotation about an axis: x to the right, y down, z away from the camera."""
    first, second = [place for place in range(3) if place != axis]
    matrix, angle = np.eye(3), math.radians(degrees if axis != 1 else -degrees)
    matrix[first, first] = matrix[second, second] = math.cos(angle)
    matrix[first, second], matrix[second, first] = -math.sin(angle), math.sin(angle)
    return matrix


def photographed(pose: HeadPose, size: float = 100.0, at: tuple[float, float] = (300.0, 200.0)) -> list[Point]:
    """Return the key points of the mean face in a picture, from a camera that points at it."""
    turn = rotation(2, pose.roll) @ rotation(1, -pose.yaw) @ rotation(0, -pose.pitch)
    seen = MEAN_FACE @ turn.T
    scale = size * DISTANCE / (DISTANCE + seen[:, 2])
    return [Point(at[0] + x * zoom, at[1] + y * zoom) for (x, y, _), zoom in zip(seen.tolist(), scale, strict=True)]


def pose_of(keypoints: Sequence[Point]) -> HeadPose:
    pose = head_pose(keypoints)
    assert pose is not None
    return pose


def difference(one: float, other: float) -> float:
    """Return the angle between two directions, in degrees."""
    return abs((one - other + 180) % 360 - 180)


@given(yaw=yaws, pitch=pitches, roll=rolls, size=st.floats(5, 1000), x=st.floats(-2000, 2000))
def test_the_angles_of_a_projected_face_come_back(yaw: float, pitch: float, roll: float, size: float, x: float) -> None:
    """The camera points at the eyes here and at the middle of the face there, which pitch feels."""
    found = pose_of(photographed(HeadPose(yaw, pitch, roll), size, (x, 100)))
    assert difference(found.yaw, yaw) < 5
    assert difference(found.pitch, pitch) < 8
    assert difference(found.roll, roll) < 7


def test_a_face_that_looks_into_the_camera_has_no_angles() -> None:
    assert pose_of(photographed(HeadPose(0, 0, 0))) == pytest.approx((0, 0, 0), abs=3)


@pytest.mark.parametrize(
    ("pose", "nose_goes"),
    [
        (HeadPose(30, 0, 0), (1, 0)),
        (HeadPose(-30, 0, 0), (-1, 0)),
        (HeadPose(0, 30, 0), (0, -1)),
        (HeadPose(0, -30, 0), (0, 1)),
    ],
)
def test_the_nose_goes_right_with_yaw_and_up_with_pitch(pose: HeadPose, nose_goes: tuple[int, int]) -> None:
    nose, still = photographed(pose)[2], photographed(HeadPose(0, 0, 0))[2]
    moved = (nose.x - still.x, nose.y - still.y)
    assert np.dot(moved, nose_goes) > 10
    found = pose_of(photographed(pose))
    assert found.yaw * pose.yaw + found.pitch * pose.pitch > 0


@given(yaw=yaws, pitch=pitches, roll=st.floats(-60, 60), turn=st.floats(-100, 100))
def test_rotating_the_picture_changes_roll_alone(yaw: float, pitch: float, roll: float, turn: float) -> None:
    points = photographed(HeadPose(yaw, pitch, roll))
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    before, after = pose_of(points), pose_of([Point(x * cos - y * sin, x * sin + y * cos) for x, y in points])
    assert after[:2] == pytest.approx(before[:2], abs=0.05)
    assert difference(after.roll, before.roll + turn) < 0.05


@given(yaw=yaws, pitch=pitches, roll=rolls)
def test_mirroring_the_picture_changes_the_signs_of_yaw_and_roll(yaw: float, pitch: float, roll: float) -> None:
    points = photographed(HeadPose(yaw, pitch, roll))
    right, left, nose, mouth, right_ear, left_ear = (Point(640 - x, y) for x, y in points)
    before, after = pose_of(points), pose_of([left, right, nose, mouth, left_ear, right_ear])
    assert after == pytest.approx((-before.yaw, before.pitch, -before.roll), abs=0.05)


@given(points=st.lists(st.builds(Point, st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=6, max_size=6))
def test_any_key_points_give_finite_angles_or_none(points: list[Point]) -> None:
    pose = head_pose(points)
    assert pose is None or all(-180 <= angle <= 180 for angle in pose)


@pytest.mark.parametrize(
    "keypoints", [[], [Point(1, 2), Point(3, 2)], [Point(5, 5)] * 6, [Point(0.1, 0.3)] * 6, [Point(math.nan, 1)] * 6]
)
def test_missing_or_impossible_key_points_give_no_pose(keypoints: list[Point]) -> None:
    assert head_pose(keypoints) is None


@pytest.fixture(scope="module")
def detector() -> Iterator[Detector]:
    with detect.create(Settings(detector="mediapipe")) as found:
        yield found


def pose_in(detector: Detector, image: NDArray[np.uint8]) -> HeadPose:
    (face,) = detector.detect(np.ascontiguousarray(image))
    return pose_of(face.keypoints)


@pytest.mark.parametrize("tilt", [-25, -10, 10, 25])
def test_roll_follows_a_real_picture_that_is_rotated(detector: Detector, tilt: float) -> None:
    upright, tilted = pose_in(detector, smile()), pose_in(detector, smile(tilt=tilt))
    assert tilted.roll - upright.roll == pytest.approx(tilt, abs=4)
    assert tilted.yaw == pytest.approx(upright.yaw, abs=8)


@pytest.mark.parametrize("yaw", [-25, 25])
def test_yaw_follows_a_real_face_that_is_turned_and_changes_its_sign_in_the_mirror(
    detector: Detector, yaw: float
) -> None:
    image = smile()
    (face,) = detector.detect(image)
    seen = turned(image, face, yaw, 0)
    found, mirrored = pose_in(detector, seen), pose_in(detector, seen[:, ::-1])
    assert found.yaw == pytest.approx(yaw, abs=12)
    assert mirrored.yaw == pytest.approx(-found.yaw, abs=4)
    assert mirrored.pitch == pytest.approx(found.pitch, abs=4)
    assert mirrored.roll == pytest.approx(-found.roll, abs=6)


def test_a_pose_costs_far_less_than_a_detection(detector: Detector) -> None:
    image, points = smile(), photographed(HeadPose(10, 5, 0))

    def fastest(repeats: int, detecting: bool) -> float:
        times = []
        for _ in range(repeats):
            begin = time.perf_counter()
            detector.detect(image) if detecting else head_pose(points)
            times.append(time.perf_counter() - begin)
        return min(times)

    assert fastest(200, detecting=False) < fastest(10, detecting=True) / 5
