"""The virtual camera shows what the window shows; pyvirtualcam sends it to a device in memory."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from outlet_cases import ORIGIN, MemoryCamera, frame, happy, plug_in, reading
from support.drawn_timelines import face

from fervid.draw.painter import Painter
from fervid.errors import OutputError
from fervid.outlets.virtual_camera import VirtualCamera


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> MemoryCamera:
    return plug_in(monkeypatch)


def test_the_picture_has_its_size_its_colours_and_its_labels(camera: MemoryCamera) -> None:
    outlet = VirtualCamera().open(ORIGIN)
    shown, read, arrived = happy(3, 0.0)
    shown.image[:, :, 0] = 200  # blue
    outlet.send(shown, read, arrived)
    outlet.close()
    expected = shown.image.copy()
    Painter().paint(expected, read)
    assert np.array_equal(camera.shown[0], expected)
    assert tuple(camera.shown[0][0, 0]) == (200, 3, 3)
    assert camera.opened[-1] == (640, 360, 30.0)
    assert camera.closed == len(camera.opened)


def test_a_faster_source_is_shown_at_the_rate_of_the_camera(camera: MemoryCamera) -> None:
    outlet = VirtualCamera(rate=30).open(ORIGIN)
    for index in range(60):
        outlet.send(*happy(index, index / 60))
    outlet.close()
    assert [int(picture[-1, -1, 0]) for picture in camera.shown] == list(range(0, 60, 2))


def test_a_picture_of_another_size_is_fitted_with_its_labels_into_that_of_the_first(camera: MemoryCamera) -> None:
    outlet = VirtualCamera().open(ORIGIN)
    outlet.send(frame(10, 0.0), reading(10, 0.0), 100.0)
    read = reading(90, 0.1, face(90, 0.1))
    outlet.send(frame(90, 0.1, (360, 360)), read, 100.1)
    outlet.close()
    fitted = camera.shown[1]
    assert fitted.shape == (360, 640, 3)
    assert fitted[:, :139].max() == 0
    assert (fitted[-1, 141:499] == 90).all()
    edge = np.flatnonzero((fitted[175, 141:499] != 90).any(axis=1))
    assert 141 + edge[0] == pytest.approx(140 + read.faces[0].box.x, abs=4)


def test_frames_that_were_passed_over_are_shown_too(camera: MemoryCamera) -> None:
    outlet = VirtualCamera().open(ORIGIN)
    outlet.send(frame(1, 0.0), reading(1, 0.0, analysed=False), 100.0)
    assert len(camera.shown) == 1
    outlet.close()


def test_of_two_sources_the_second_is_told_at_once_that_the_only_camera_is_taken(camera: MemoryCamera) -> None:
    first = VirtualCamera().open(ORIGIN)
    with pytest.raises(OutputError, match=r"no virtual camera can be used \('memory' backend: the device is in use\)"):
        VirtualCamera().open(ORIGIN)
    first.send(*happy(0, 0.0))
    first.close()
    VirtualCamera().open(ORIGIN).close()
    assert camera.closed == len(camera.opened)


@pytest.mark.skipif(
    sys.platform != "linux" or any(Path("/sys/devices/virtual/video4linux").glob("*")),
    reason="a virtual camera may be there",
)
def test_without_a_device_the_remedy_is_told_in_one_line() -> None:
    with pytest.raises(OutputError) as caught:
        VirtualCamera().open(ORIGIN)
    assert "\n" not in str(caught.value)
    assert caught.value.problem.startswith("no virtual camera can be used ('v4l2loopback' backend: No ")
    assert "?" not in caught.value.problem
    assert str(caught.value).endswith(
        "; run: sudo modprobe v4l2loopback exclusive_caps=1 (Debian package v4l2loopback-dkms)"
    )
