"""Which cameras are at hand, and why one of them does not open."""

from __future__ import annotations

import errno
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.errors import SourceError

_LINUX: Final = Path("/sys/class/video4linux")
_PROBED: Final = 6
_LIST: Final = "see `fervid live --list`"


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera.

    Attributes:
        number: What ``fervid live`` takes for it.
        name: What it calls itself; only its number where the system does not tell.
    """

    number: int
    name: str


def cameras(folder: Path = _LINUX) -> list[CameraInfo]:
    """The cameras at hand, by number.

    Linux keeps a list of them, which opens none. Elsewhere the first few numbers are tried, which switches each camera
    on for a moment.

    Args:
        folder: Where Linux keeps it.
    """
    return _listed(folder) if sys.platform == "linux" else _probed()


def device_path(device: int | str) -> str | None:
    """The device file of a camera; None where the system has none."""
    if isinstance(device, str):
        return device
    return f"/dev/video{device}" if sys.platform == "linux" else None


def name_of(device: int | str) -> str:
    """What messages call a camera."""
    return f"camera {device}" if isinstance(device, int) else f"camera '{device}'"


def refusal(device: int | str) -> SourceError:
    """Why OpenCV could not open a camera, as far as the system tells."""
    name, path = name_of(device), device_path(device)
    if path is not None:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        except OSError as error:
            return _refused(name, path, error)
        if not re.fullmatch(r"/dev/(video\d+|v4l/.+)", path):
            return SourceError(f"'{path}' is not a camera", _LIST)
    return SourceError(
        f"{name} cannot be opened: another program may be using it, or it gives no pictures",
        f"close that one, or {_LIST}",
    )


def _refused(name: str, path: str, error: OSError) -> SourceError:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return SourceError(f"there is no {name} ({path})", f"plug it in, or {_LIST}")
    if error.errno in (errno.EACCES, errno.EPERM):
        return SourceError(f"{name} may not be used ({path}: permission denied)", "add yourself to the group 'video'")
    if error.errno == errno.EBUSY:
        return SourceError(f"{name} is busy", "close the program that is using it")
    return SourceError(f"{name} cannot be opened ({path}: {error.strerror})", _LIST)


def _listed(folder: Path) -> list[CameraInfo]:
    found = []
    for node in folder.glob("video*"):
        try:
            # A camera's further nodes carry no pictures for us, but metadata.
            if (node / "index").read_text().strip() == "0":
                found.append(CameraInfo(int(node.name.removeprefix("video")), (node / "name").read_text().strip()))
        except (OSError, ValueError):  # unplugged at this moment, or not a node of a camera
            continue
    return sorted(found, key=lambda camera: camera.number)


def _probed() -> list[CameraInfo]:
    import cv2

    found = []
    for number in range(_PROBED):
        capture = cv2.VideoCapture(number)
        if capture.isOpened():
            found.append(CameraInfo(number, name_of(number)))
        capture.release()
    return found
