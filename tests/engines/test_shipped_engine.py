"""The engines that ship with fervid still give the predictions that were stored when they were made."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import data, engines
from fervid.core.emotions import FER2013, FERPLUS
from fervid.engines import DEFAULT_ENGINE
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.training.recipe import Recipe
from samples.labelled_faces import LabelledFaces

GOLDEN = Path(__file__).parent / "golden"


def shipped(name: str = DEFAULT_ENGINE, precision: str = "auto") -> PyTorchEngine:
    return PyTorchEngine.load(engines.resolve(name), "cpu", precision=precision)


@pytest.mark.parametrize("name", engines.shipped())
def test_their_manifests(name: str, root: Path) -> None:
    """Each comes from the recipe of its name, whose results are kept beside the recipe."""
    manifest, recipe = shipped(name).manifest, Recipe.load(root / "training" / f"{name}.toml")
    assert manifest.classes == (FER2013 if recipe.labels == "class" else FERPLUS)
    assert (manifest.network, manifest.input.size, manifest.input.colour) == (recipe.network, 48, "grey")
    metrics = json.loads((root / "training" / name / "metrics.json").read_text(encoding="utf-8"))
    assert manifest.accuracy["private_test"] == metrics["private_test"]["accuracy"] > 0.66
    assert manifest.accuracy["private_test_lower_bound"] <= manifest.accuracy["private_test"]


def test_the_default_one_is_among_them() -> None:
    assert DEFAULT_ENGINE in engines.shipped()
    assert engines.resolve("auto") == engines.resolve(DEFAULT_ENGINE)


@pytest.mark.parametrize("name", engines.shipped())
@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-4), ("bf16", 0.03)])
def test_stored_predictions(name: str, precision: str, tolerance: float) -> None:
    with np.load(GOLDEN / f"{name}.npz") as stored:
        rows = shipped(name, precision).classify(stored["crops"])
        np.testing.assert_allclose(rows, stored["probabilities"], atol=tolerance)


@pytest.mark.parametrize("name", engines.shipped())
def test_they_recognise_every_drawn_expression(name: str, drawn_faces: LabelledFaces) -> None:
    engine = shipped(name)
    predictions = np.take(engine.manifest.classes, engine.classify(drawn_faces.images[:, None]).argmax(1))
    correct = predictions == drawn_faces.labels
    assert correct.mean() > 0.85
    assert min(correct[drawn_faces.labels == label].mean() for label in FER2013) > 0.4


@pytest.mark.data
@pytest.mark.parametrize("name", engines.shipped())
def test_they_reach_the_accuracy_of_their_manifests(name: str, root: Path, real_data: Path) -> None:
    labels = Recipe.load(root / "training" / f"{name}.toml").labels
    faces = data.read(real_data / "data" / "fer2013", labels=labels).private_test
    engine = shipped(name)
    correct = engine.classify(faces.images).argmax(1) == faces.labels
    assert correct.mean() == pytest.approx(engine.manifest.accuracy["private_test"], abs=0.002)


def test_bfloat16_changes_no_label_beyond_rounding(faces: NDArray[np.uint8]) -> None:
    exact, rounded = (shipped(precision=precision).classify(faces) for precision in ("fp32", "bf16"))
    np.testing.assert_allclose(rounded, exact, atol=0.03)
    changed = exact.argmax(1) != rounded.argmax(1)
    assert changed.mean() <= 0.01
    best, second = np.sort(exact, axis=1)[:, :-3:-1].T
    # A bfloat16 has 8 bits, so only classes that tie to about that precision may change places.
    assert ((best - second)[changed] < 0.02).all()
