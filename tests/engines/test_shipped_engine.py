"""The engine that comes with fervid: what it answered when it was made, it answers still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fervid import engines
from fervid.emotions import FER2013
from fervid.engines.pytorch import PyTorchEngine

GOLDEN = Path(__file__).parent / "golden" / "emotionnet.npz"

Faces = tuple[NDArray[np.uint8], NDArray[np.int64]]


def shipped(dtype: torch.dtype | None = None) -> PyTorchEngine:
    return PyTorchEngine.load(engines.resolve("emotionnet"), "cpu", dtype=dtype)


def test_its_manifest() -> None:
    manifest = shipped().manifest
    assert manifest.classes == FER2013
    assert (manifest.input.size, manifest.input.colour) == (48, "grey")
    assert manifest.accuracy["private_test"] >= 0.62
    assert manifest.accuracy["private_test_lower_bound"] <= manifest.accuracy["private_test"]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 0.03)])
def test_stored_answers(dtype: torch.dtype, tolerance: float) -> None:
    with np.load(GOLDEN) as stored:
        np.testing.assert_allclose(shipped(dtype).classify(stored["crops"]), stored["probabilities"], atol=tolerance)


def test_it_reaches_the_accuracy_of_its_manifest(private_test: Faces) -> None:
    images, labels = private_test
    engine = shipped()
    right = engine.classify(images).argmax(1) == labels
    assert right.mean() == pytest.approx(engine.manifest.accuracy["private_test"], abs=0.002)


def test_bfloat16_changes_no_label_beyond_rounding(private_test: Faces) -> None:
    images = private_test[0][:1000]
    exact, rounded = (shipped(dtype).classify(images) for dtype in (torch.float32, torch.bfloat16))
    np.testing.assert_allclose(rounded, exact, atol=0.03)
    changed = exact.argmax(1) != rounded.argmax(1)
    assert changed.mean() <= 0.005
    best, second = np.sort(exact, axis=1)[:, :-3:-1].T
    # A bfloat16 has 8 bits: only a tie to about that precision may fall to the other side.
    assert ((best - second)[changed] < 0.02).all()
