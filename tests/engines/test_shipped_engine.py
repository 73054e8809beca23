"""The engine that comes with fervid: what it answered when it was made, it answers still."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import engines
from fervid.emotions import FER2013
from fervid.engines.backends.pytorch import PyTorchEngine

GOLDEN = Path(__file__).parent / "golden" / "emotionnet.npz"

Faces = tuple[NDArray[np.uint8], NDArray[np.int64]]


def shipped(precision: str = "auto") -> PyTorchEngine:
    return PyTorchEngine.load(engines.resolve("emotionnet"), "cpu", precision=precision)


def test_its_manifest() -> None:
    manifest = shipped().manifest
    assert manifest.classes == FER2013
    assert (manifest.input.size, manifest.input.colour) == (48, "grey")
    assert manifest.accuracy["private_test"] >= 0.62
    assert manifest.accuracy["private_test_lower_bound"] <= manifest.accuracy["private_test"]


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("bf16", 0.03)])
def test_stored_answers(precision: str, tolerance: float) -> None:
    with np.load(GOLDEN) as stored:
        np.testing.assert_allclose(
            shipped(precision).classify(stored["crops"]), stored["probabilities"], atol=tolerance
        )


def test_it_reaches_the_accuracy_of_its_manifest(private_test: Faces) -> None:
    images, labels = private_test
    engine = shipped()
    right = engine.classify(images).argmax(1) == labels
    assert right.mean() == pytest.approx(engine.manifest.accuracy["private_test"], abs=0.002)


def test_bfloat16_changes_no_label_beyond_rounding(private_test: Faces) -> None:
    images = private_test[0][:1000]
    exact, rounded = (shipped(precision).classify(images) for precision in ("fp32", "bf16"))
    np.testing.assert_allclose(rounded, exact, atol=0.03)
    changed = exact.argmax(1) != rounded.argmax(1)
    assert changed.mean() <= 0.005
    best, second = np.sort(exact, axis=1)[:, :-3:-1].T
    # A bfloat16 has 8 bits: only a tie to about that precision may fall to the other side.
    assert ((best - second)[changed] < 0.02).all()
