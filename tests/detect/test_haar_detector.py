"""Haar cascades: the eye check, and OpenCV without cascades."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import FACE, FACE_SIDE, smile

from fervid.core.geometry import Box, Point
from fervid.detect.haar import HaarDetector, cascade, create
from fervid.errors import DetectorError
from fervid.settings import Settings

Draw = Callable[..., tuple[NDArray[np.uint8], Box]]


def haar(**options: Any) -> HaarDetector:
    return create(Settings(**options))


def test_the_eye_check_gives_the_eyes() -> None:
    (face,) = haar(eyes=True).detect(smile())
    assert face.eyes is not None
    right, left = face.eyes
    assert right.distance(eye_at(204)) < 0.1 * face.box.width
    assert left.distance(eye_at(248)) < 0.1 * face.box.width
    assert face.keypoints == (right, left)


def eye_at(x: float) -> Point:
    """Return where `smile` shows an eye of the portrait, which has both at the height of 104 pixels."""
    scale = 180 / FACE_SIDE
    return Point(320 + (x - FACE[0]) * scale, 180 + (104 - FACE[1]) * scale)


def test_the_eye_check_only_ever_takes_faces_away() -> None:
    """The head leans, and the eyes with it."""
    plain, checked = [], []
    for tilt in range(-28, 29, 4):
        image = smile(240, tilt=tilt)
        plain.append({face.box for face in haar().detect(image)})
        checked.append({face.box for face in haar(eyes=True).detect(image)})
    assert all(few <= many for few, many in zip(checked, plain, strict=True))
    assert 0.3 * sum(map(len, plain)) < sum(map(len, checked)) < sum(map(len, plain))


def test_without_the_eye_check_there_are_no_key_points() -> None:
    (face,) = haar().detect(smile())
    assert face.keypoints == ()
    assert face.eyes is None


def test_a_cascade_of_ones_own_is_used(draw: Draw) -> None:
    image, box = draw()
    (face,) = haar(detector_model=cascade("frontalface").with_name("haarcascade_frontalface_alt.xml")).detect(image)
    assert face.box.iou(box) > 0.6


@pytest.mark.parametrize("content", [None, "no cascade", "<opencv_storage><cascade/></opencv_storage>"])
def test_a_useless_cascade_is_one_clear_error(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "mine.xml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DetectorError, match=re.escape(str(path))):
        haar(detector_model=path)


def test_opencv_without_cascades_is_told_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2.data, "haarcascades", str(tmp_path))
    with pytest.raises(DetectorError, match="opencv-contrib-python<5"):
        haar()
    monkeypatch.delattr(cv2, "data")
    with pytest.raises(DetectorError, match="opencv-contrib-python<5"):
        haar()
