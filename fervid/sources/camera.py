"""Cameras, through OpenCV."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.sources.cameras import name_of, refusal
from fervid.video.clock import MICROSECOND, ArrivalClock, Now

USUAL_SIZE: Final = (1280, 720)
USUAL_RATE: Final = 30.0

# A camera that does 29.97 has what was asked for.
_NEARLY: Final = 0.95

_log = logging.getLogger(__name__)


class Camera(Closing):
    """The pictures of a camera as they come, as a `LiveSource`; their times are those of their arrival, from 0.

    Args:
        name: What messages call it.
        capture: OpenCV's hold on it, open; closed with this.
        now: A monotonic clock in seconds.
    """

    def __init__(self, name: str, capture: cv2.VideoCapture, *, now: Now = time.monotonic) -> None:
        self.name = name
        self.undecodable = 0
        self._capture = capture
        self.arrived = 0.0
        self._now = now
        self._clock = ArrivalClock()
        self._stopped = threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        """Wait for picture after picture.

        Raises:
            SourceError: No more come.
        """
        index = 0
        while not self._stopped.is_set():
            if not self._capture.grab():
                raise SourceError(f"{self.name} gives no more pictures", "see whether it was unplugged")
            self.arrived = self._now()
            pts = self._clock.stamp(self.arrived)
            decoded, image = self._capture.retrieve()
            if decoded:
                yield Frame(cast("NDArray[np.uint8]", image), index, pts, MICROSECOND)
                index += 1
            else:
                self.undecodable += 1

    def stop(self) -> None:
        """Ask the reader to leave, which it does with the next picture."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of the camera."""
        self._capture.release()


def open_camera(
    device: int | str,
    *,
    size: tuple[int, int] = USUAL_SIZE,
    rate: float = USUAL_RATE,
    form: str = "auto",
) -> Camera:
    """Open a camera; it gives the nearest to `size` and `rate` that it can, and a log line tells what.

    Args:
        device: Its number, or the path of its device.
        size: Width and height to ask for, in pixels.
        rate: Frames a second to ask for.
        form: How it is to send its pictures: ``mjpg`` compresses each, ``yuyv`` none; ``auto`` takes the first where it
            is too slow otherwise.

    Raises:
        SourceError: There is none, it is busy, or may not be used.
    """
    capture = cv2.VideoCapture(_opencv_name(device), cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)
    if not capture.isOpened():
        raise refusal(device)
    _ask(capture, size, rate, None if form == "auto" else form)
    if form == "auto" and capture.get(cv2.CAP_PROP_FPS) < rate * _NEARLY:
        _ask(capture, size, rate, "mjpg")
    _log.debug("%s: %s", name_of(device), _given(capture))
    return Camera(name_of(device), capture)


def _opencv_name(device: int | str) -> int | str:
    """The name that OpenCV opens it by; of a link, as in /dev/v4l/by-id, what it leads to."""
    return device if isinstance(device, int) else os.path.realpath(device)


def _ask(capture: cv2.VideoCapture, size: tuple[int, int], rate: float, form: str | None) -> None:
    # The format comes first: it decides which sizes and rates there are.
    if form is not None:
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*form.upper()))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    capture.set(cv2.CAP_PROP_FPS, rate)


def _given(capture: cv2.VideoCapture) -> str:
    width, height = (int(capture.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    return f"{width}x{height} at {capture.get(cv2.CAP_PROP_FPS):g} frames/s"
