"""Detectors to test, and a package index of our own for what they fetch."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import detect
from fervid.core.geometry import Box
from fervid.detect.base import Detector
from fervid.settings import Settings
from samples.drawing import draw_face


@pytest.fixture(scope="session", params=detect.DETECTORS.names)
def detector(request: pytest.FixtureRequest, assets: Path) -> Iterator[Detector]:
    """Each detector with the default settings."""
    with detect.create(Settings(detector=request.param)) as made:
        yield made


@pytest.fixture
def draw() -> Callable[..., tuple[NDArray[np.uint8], Box]]:
    """Draws one face on a plain wall; gives the picture and the box as BlazeFace would draw it."""

    def drawn(width: int = 640, height: int = 360, x: float = 0.5, size: float = 0.45) -> tuple[NDArray[np.uint8], Box]:
        image = np.full((height, width, 3), (150, 170, 160), np.uint8)
        box = draw_face(image, (x * width, 0.45 * height), size * height)
        return cv2.GaussianBlur(image, (0, 0), max(0.5, height / 700)).astype(np.uint8), Box(*box)

    return drawn


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, bytes] | None], None]:
    """Makes pip know one folder alone, with a wheel of mediapipe 0.10.21 that holds these files (or with none)."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    def offer(files: dict[str, bytes] | None) -> None:
        if files is None:
            return
        about = "mediapipe-0.10.21.dist-info"
        with zipfile.ZipFile(folder / "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl", "w") as wheel:
            wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.21\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_28_x86_64\n")
            wheel.writestr(f"{about}/RECORD", "")
            for name, content in files.items():
                wheel.writestr(f"mediapipe/modules/face_detection/{name}", content)

    return offer
