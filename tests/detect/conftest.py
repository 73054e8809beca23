"""Detectors to test."""

from __future__ import annotations

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
