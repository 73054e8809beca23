"""Quality: high for a good picture of a face, lower for every worse one, and the same in any form of the crop."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.astronaut import FACE, FACE_SIDE, portrait

from fervid.core.geometry import Box
from fervid.core.readings import Face
from fervid.crop.crops import crop_faces
from fervid.crop.quality import certainty, quality

Image = NDArray[np.uint8]
FACE_IN_PORTRAIT = Face(Box(FACE[0] - FACE_SIDE / 2, FACE[1] - FACE_SIDE / 2, FACE_SIDE, FACE_SIDE), 0.9)


def crop(size: int = 48, colour: str = "grey") -> Image:
    return crop_faces(portrait(), [FACE_IN_PORTRAIT], size, colour)


def quality_of(image: NDArray[np.floating] | Image, side: float = 100.0) -> float:
    (found,) = quality(np.clip(image, 0, 255).astype(np.uint8).reshape(1, 1, 48, 48), [side]).tolist()
    assert 0 <= found <= 1
    return found


def test_a_good_picture_leaves_the_whole_accuracy() -> None:
    assert quality_of(crop()) > 0.95


@pytest.mark.parametrize(
    ("worse", "side"),
    [
        (lambda image: image * 0.02, 100),
        (lambda image: (image - 128) * 0.02 + 128, 100),
        (lambda image: cv2.GaussianBlur(image, (0, 0), 6.0), 100),
        (lambda image: image + np.random.default_rng(1).normal(0, 60, image.shape), 100),
        (lambda image: cv2.resize(cv2.resize(image, (6, 6), interpolation=cv2.INTER_AREA), (48, 48)), 6),
    ],
    ids=["dark", "flat", "blurred", "noisy", "small"],
)
def test_a_bad_picture_leaves_much_less(worse: Callable[[Image], NDArray[np.floating]], side: float) -> None:
    assert quality_of(worse(crop()[0, 0].astype(np.float32)), side) < 0.6


@given(seed=st.integers(0, 1000), low=st.integers(0, 255), high=st.integers(0, 255), side=st.floats(0.1, 5000))
def test_any_picture_has_a_quality(seed: int, low: int, high: int, side: float) -> None:
    image = np.random.default_rng(seed).integers(min(low, high), max(low, high) + 1, (48, 48))
    quality_of(image, side)


@pytest.mark.parametrize(("size", "colour"), [(96, "grey"), (48, "rgb"), (224, "rgb")])
def test_the_size_and_the_colours_that_the_engine_takes_hardly_matter(size: int, colour: str) -> None:
    (found,) = quality(crop(size, colour), [100.0]).tolist()
    assert found == pytest.approx(quality_of(crop()), abs=0.05)


def test_faces_are_measured_each_by_itself() -> None:
    good, bad = crop(), (crop() * 0.05).astype(np.uint8)
    both = quality(np.concatenate([good, bad]), [100.0, 100.0])
    assert both.tolist() == pytest.approx([quality_of(good), quality_of(bad)], abs=1e-4)
    assert quality(np.empty((0, 1, 48, 48), np.uint8), []).tolist() == []


def test_certainty_is_confidence_times_quality_unless_the_detector_doubts_the_face() -> None:
    assert certainty(0.8, 0.5, 0.95) == pytest.approx(0.4)
    assert certainty(0.8, 0.5, 0.725) == pytest.approx(0.2)
    assert certainty(1.0, 1.0, 0.5) == 0
