"""Degradations are deterministic, take the strengths that they state, and worsen from one to the next."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.data.dataset import DataSet
from fervid.evaluation.degradations import DEGRADATIONS, Degradation

BY_NAME = {degradation.name: degradation for degradation in DEGRADATIONS}

each = pytest.mark.parametrize("degradation", DEGRADATIONS, ids=BY_NAME)


@pytest.fixture(scope="module")
def faces(small: DataSet) -> NDArray[np.uint8]:
    return small.private_test.images[:32]


def grey(level: int, count: int = 16) -> NDArray[np.uint8]:
    return np.full((count, 1, 48, 48), level, np.uint8)


@each
def test_the_same_faces_become_the_same_images(degradation: Degradation, faces: NDArray[np.uint8]) -> None:
    before = faces.copy()
    first = degradation.apply(faces, degradation.strengths[2])
    assert first.shape == faces.shape
    assert first.dtype == np.uint8
    assert np.array_equal(first, degradation.apply(faces, degradation.strengths[2]))
    assert np.array_equal(faces, before)


@each
def test_each_strength_changes_more_than_the_one_before(degradation: Degradation, faces: NDArray[np.uint8]) -> None:
    away = [np.abs(degradation.apply(faces, strength).astype(int) - faces).mean() for strength in degradation.strengths]
    assert len(away) == 5
    assert away[0] > 0
    assert all(np.diff(away) > 0), away


@each
def test_many_faces_are_degraded_in_parts_of_256(degradation: Degradation, faces: NDArray[np.uint8]) -> None:
    many = np.resize(faces, (257, *faces.shape[1:]))
    degraded = degradation.apply(many, degradation.strengths[0])
    assert len(degraded) == 257
    assert np.array_equal(degraded[:256], degradation.apply(many[:256], degradation.strengths[0]))


def test_there_are_eleven_with_names_of_their_own() -> None:
    assert len(BY_NAME) == len(DEGRADATIONS) == 11


@pytest.mark.parametrize(
    ("name", "strength", "expected"),
    [("low light", 30, 30), ("low light", 5, 5), ("overexposure", 150, 150), ("overexposure", 300, 255)],
)
def test_light_is_in_per_cent(name: str, strength: float, expected: int) -> None:
    assert set(BY_NAME[name].apply(grey(100), strength).flat) == {expected}


def test_noise_is_in_grey_levels() -> None:
    assert BY_NAME["noise"].apply(grey(128), 20).std() == pytest.approx(20, rel=0.03)


def test_contrast_is_in_per_cent_of_what_it_was(faces: NDArray[np.uint8]) -> None:
    assert BY_NAME["low contrast"].apply(faces, 50)[0].std() == pytest.approx(faces[0].std() / 2, rel=0.02)


def test_an_occlusion_covers_the_area_that_it_states() -> None:
    black, white = (BY_NAME["occlusion"].apply(grey(level, 256), 20) for level in (0, 255))
    covered = (black > 0) | (white < 255)
    assert covered.mean((1, 2, 3)) == pytest.approx(0.2, abs=0.03)
    places = covered[:, 0].mean(0)
    assert places.min() < 0.05, "squares lie wholly within the image"
    assert places.max() > 0.3, "and anywhere in it"


def test_faces_are_shifted_by_the_distance_that_is_stated() -> None:
    dots = grey(0)
    dots[:, :, 23:25, 23:25] = 255
    moved = BY_NAME["shift"].apply(dots, 25)[:, 0].astype(float)
    at = np.arange(48) - 23.5
    total = moved.sum((1, 2))
    rows, columns = (moved.sum(2) * at).sum(1) / total, (moved.sum(1) * at).sum(1) / total
    assert np.hypot(rows, columns) == pytest.approx(12, abs=0.2)


def test_faces_are_rotated_to_both_sides() -> None:
    bar = grey(0, 64)
    bar[:, :, 23:25] = 255
    turned = BY_NAME["rotation"].apply(bar, 20)[:, 0].astype(float)
    at = np.arange(48) - 23.5
    slopes = [
        np.polyfit(at[8:40], (image[:, 8:40] * at[:, None]).sum(0) / image[:, 8:40].sum(0), 1)[0] for image in turned
    ]
    angles = np.degrees(np.arctan(slopes))
    assert np.abs(angles) == pytest.approx(20, abs=1)
    assert 20 < (angles > 0).sum() < 44


def test_a_small_face_is_as_wide_as_stated() -> None:
    stripes = np.tile(np.repeat(np.array([0, 255], np.uint8), 3), 8)
    images = np.broadcast_to(stripes, (1, 1, 48, 48)).copy()
    small = BY_NAME["small face"]
    assert small.apply(images, 32).std() > 60
    assert small.apply(images, 8).std() < 1, "8 pixels cannot show 8 pairs of stripes"
