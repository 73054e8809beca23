"""Cameras. The tests have none: an OpenCV capture of a file stands in for that of a camera."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import pytest

from fervid.errors import SourceError
from fervid.sources import open_live
from fervid.sources.camera import Camera, CameraInfo, list_cameras
from fervid.video.clock import MICROSECOND


@pytest.fixture
def capture(clip: Path) -> cv2.VideoCapture:
    return cv2.VideoCapture(str(clip))


def test_frames_have_the_time_of_their_arrival(capture: cv2.VideoCapture) -> None:
    clock = itertools.count(50.0, 0.5)
    with Camera("camera 0", capture, now=lambda: next(clock)) as camera:
        frames = list(itertools.islice(camera, 5))
    assert [frame.time for frame in frames] == [0, 0.5, 1, 1.5, 2]
    assert {frame.time_base for frame in frames} == {MICROSECOND}
    assert frames[0].image.shape == (48, 64, 3)


def test_an_unplugged_camera_is_an_error_after_its_last_frame(capture: cv2.VideoCapture) -> None:
    taken = []
    with (
        Camera("camera 0", capture) as camera,
        pytest.raises(SourceError, match=r"camera 0 has stopped delivering .*unplug"),
    ):
        taken.extend(camera)
    assert len(taken) == 25


def test_stopping_ends_it(capture: cv2.VideoCapture) -> None:
    with Camera("camera 0", capture) as camera:
        for frame in camera:
            if frame.index == 3:
                camera.stop()
    assert frame.index == 3


def test_a_camera_that_does_not_exist() -> None:
    with pytest.raises(SourceError, match=r"there is no camera 77 .*; plug it in, or see `fervid live --list`"):
        open_live("77")


def test_a_device_that_is_not_a_camera() -> None:
    with pytest.raises(SourceError, match="'/dev/null' is not a camera"):
        open_live("/dev/null")


def test_cameras_are_listed_on_linux(tmp_path: Path) -> None:
    for node, name, index in (("video10", "Front", 0), ("video2", "Desk", 0), ("video3", "Desk", 1)):
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(f"{name}\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    (tmp_path / "video4").mkdir()  # unplugged just now
    assert list_cameras(tmp_path) == [CameraInfo(2, "Desk"), CameraInfo(10, "Front")]
    assert list_cameras(tmp_path / "nothing") == []
