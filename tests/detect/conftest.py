"""Detectors to test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import detect
from fervid.core.geometry import Box
from fervid.detect.base import Detector
from fervid.settings import Settings
from samples.drawing import draw_face


@pytest.fixture(
    scope="session", params=[*detect.DETECTORS.names, *(f"{name} without openvino" for name in detect.FOLLOWING)]
)
def create(request: pytest.FixtureRequest, assets: Path) -> Callable[..., Detector]:
    """Each detector, and each way to run it; makes it with the given settings."""
    name, _, without = request.param.partition(" without ")

    def created(**changes: Any) -> Detector:
        with pytest.MonkeyPatch.context() as patch:
            if without:
                patch.setitem(sys.modules, without, None)
            return detect.create(Settings(detector=name, **changes))

    return created


@pytest.fixture(scope="session")
def detector(create: Callable[..., Detector]) -> Iterator[Detector]:
    """Each detector with the default settings."""
    with create() as made:
        yield made


@pytest.fixture
def draw() -> Callable[..., tuple[NDArray[np.uint8], Box]]:
    """Draws one face on a plain wall; gives the picture and the box as BlazeFace would draw it."""

    def drawn(width: int = 640, height: int = 360, x: float = 0.5, size: float = 0.45) -> tuple[NDArray[np.uint8], Box]:
        image = np.full((height, width, 3), (150, 170, 160), np.uint8)
        box = draw_face(image, (x * width, 0.45 * height), size * height)
        return cv2.GaussianBlur(image, (0, 0), max(0.5, height / 700)).astype(np.uint8), Box(*box)

    return drawn
