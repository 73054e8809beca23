"""Cameras, through OpenCV: list them, open one, read it."""

from __future__ import annotations

import errno
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.sources.base import CAMERA_FORMATS, CAMERA_RATE, CAMERA_SIZE, AbsentError, camera_name
from fervid.video.clock import MICROSECOND, ArrivalClock, Now

_LINUX_CAMERAS: Final = Path("/sys/class/video4linux")
_PROBED: Final = 6  # how many camera numbers to try where the system keeps no list
_SEE_LIST: Final = "see `fervid live --list`"
_FAST_ENOUGH: Final = 0.95  # share of the requested frame rate: 29.97 is as good as 30

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that can be opened.

    Attributes:
        number: The number by which ``fervid live`` opens it.
        name: The name that the system gives it; "camera NUMBER" where the system gives none.
    """

    number: int
    name: str


class Camera(Closing):
    """The live frames of a camera, as a `LiveSource`. Their times are those of arrival, from 0.

    Args:
        name: The name to use in messages.
        capture: An open capture of OpenCV; `close` releases it.
        now: A monotonic clock in seconds.

    Attributes:
        name: The name to use in messages.
        undecodable: The number of frames that did not decode so far.
        arrived: The arrival of the last frame, in seconds of `now`.
    """

    def __init__(self, name: str, capture: cv2.VideoCapture, *, now: Now = time.monotonic) -> None:
        self.name = name
        self.undecodable = 0
        self.arrived = 0.0
        self._capture = capture
        self._now = now
        self._clock = ArrivalClock()
        self._stopped = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame as it arrives, until `stop` is called.

        Raises:
            SourceError: The camera delivers no more frames.
        """
        index = 0
        while not self._stopped.is_set():
            if not self._capture.grab():
                raise SourceError(f"{self.name} has stopped delivering frames", "check whether it was unplugged")
            self.arrived = self._now()
            pts = self._clock.stamp(self.arrived)
            decoded, image = self._capture.retrieve()
            if decoded:
                yield Frame(cast("NDArray[np.uint8]", image), index, pts, MICROSECOND)
                index += 1
            else:
                self.undecodable += 1

    def stop(self) -> None:
        """Ask the reading thread to leave its loop, which it does at the next frame."""
        self._stopped.set()

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()


def open_camera(
    device: int | str,
    *,
    size: tuple[int, int] = CAMERA_SIZE,
    rate: float = CAMERA_RATE,
    camera_format: str = CAMERA_FORMATS[0],
) -> Camera:
    """Open a camera, which then delivers what it has nearest to `size` and `rate`; a debug message reports it.

    Args:
        device: Its number, or the path of its device file.
        size: Width and height to request, in pixels.
        rate: Frames a second to request.
        camera_format: The encoding of the frames between camera and computer: ``mjpg`` (compressed), ``yuyv`` (raw),
            or ``auto``, which requests MJPG only where the camera would be slower than `rate` otherwise.

    Raises:
        SourceError: It does not exist, is in use, or is not permitted.
    """
    capture = cv2.VideoCapture(_opencv_name(device), cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)
    if not capture.isOpened():
        raise _open_error(device)
    _request(capture, size, rate, None if camera_format == "auto" else camera_format)
    if camera_format == "auto" and capture.get(cv2.CAP_PROP_FPS) < rate * _FAST_ENOUGH:
        _request(capture, size, rate, "mjpg")
    _log.debug("%s delivers %s", camera_name(device), _delivered(capture))
    return Camera(camera_name(device), capture)


def list_cameras(folder: Path = _LINUX_CAMERAS) -> list[CameraInfo]:
    """Return the cameras of this machine, by number.

    Linux keeps a list, so none has to be opened. Elsewhere the first few numbers are tried, which switches each camera
    on for a moment.

    Args:
        folder: The folder in which Linux keeps that list.
    """
    return _listed(folder) if sys.platform == "linux" else _probed()


def _listed(folder: Path) -> list[CameraInfo]:
    found = []
    for node in folder.glob("video*"):
        try:
            # The further nodes of a camera carry metadata instead of video.
            if (node / "index").read_text().strip() == "0":
                found.append(CameraInfo(int(node.name.removeprefix("video")), (node / "name").read_text().strip()))
        except (OSError, ValueError):  # it was unplugged meanwhile, or the node is not a camera's
            continue
    return sorted(found, key=lambda camera: camera.number)


def _probed() -> list[CameraInfo]:
    found = []
    for number in range(_PROBED):
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            found.append(CameraInfo(number, camera_name(number)))
        capture.release()
    return found


def _opencv_name(device: int | str) -> int | str:
    """Return the name for OpenCV, which follows no link such as those in /dev/v4l/by-id."""
    return device if isinstance(device, int) else os.path.realpath(device)


def _request(capture: cv2.VideoCapture, size: tuple[int, int], rate: float, camera_format: str | None) -> None:
    # The format comes first, because it decides which sizes and rates the camera offers.
    if camera_format is not None:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*camera_format.upper()))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    capture.set(cv2.CAP_PROP_FPS, rate)


def _delivered(capture: cv2.VideoCapture) -> str:
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    return f"{width}x{height} at {capture.get(cv2.CAP_PROP_FPS):g} frames/s"


def _open_error(device: int | str) -> SourceError:
    """Return the error for a camera that OpenCV could not open, as precise as the system allows."""
    name, path = camera_name(device), _device_file(device)
    if path is not None:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        except OSError as error:
            return _system_error(name, path, error)
        if not re.fullmatch(r"/dev/(video\d+|v4l/.+)", path):
            return SourceError(f"'{path}' is not a camera", _SEE_LIST)
    return AbsentError(
        f"{name} cannot be opened: another program is using it, or it delivers no frames",
        f"close that program, or {_SEE_LIST}",
    )


def _device_file(device: int | str) -> str | None:
    """Return the path of the camera's device file; None where the system has no such files."""
    if isinstance(device, str):
        return device
    return f"/dev/video{device}" if sys.platform == "linux" else None


def _system_error(name: str, path: str, error: OSError) -> SourceError:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return AbsentError(f"there is no {name} ({path})", f"plug it in, or {_SEE_LIST}")
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceError(f"{name} cannot be used ({path}: permission denied)", "add yourself to the group 'video'")
    if error.errno == errno.EBUSY:
        return AbsentError(f"{name} is in use", "close the program that is using it")
    return SourceError(f"{name} cannot be opened ({path}: {error.strerror})", _SEE_LIST)
