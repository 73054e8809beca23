"""Comparison of predictions, and the noise that replaces faces when none are given."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fervid import engines
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.manifest import InputSpec
from fervid.engines.measure.comparison import NOISE, compare, noise
from fervid.engines.measure.reference import EagerEngine

EXACT = np.array([[0.7, 0.3], [0.6, 0.4], [0.2, 0.8], [0.5, 0.5]], np.float32)
OTHER = np.array([[0.7, 0.3], [0.4, 0.6], [0.3, 0.7], [0.5, 0.5]], np.float32)


def test_differences_and_labels() -> None:
    found = compare(EXACT, OTHER)
    assert found.largest == pytest.approx(0.2)
    assert found.mean == pytest.approx((2 * 0.2 + 2 * 0.1) / 8)
    assert found.same == 0.75
    assert found.accuracy is None
    assert found.document() == {"largest_difference": 0.2, "mean_difference": 0.075, "same_labels": 0.75}


def test_accuracy_where_labels_are_known() -> None:
    labels = np.array([0, 1, 1, 1])
    assert compare(EXACT, OTHER, labels).accuracy == 0.75
    assert compare(EXACT, EXACT, labels).accuracy == 0.5
    assert compare(EXACT, OTHER, labels).document()["accuracy"] == 0.75


def test_an_engine_compared_with_itself() -> None:
    found = compare(EXACT, EXACT)
    assert (found.largest, found.mean, found.same) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "spec",
    [InputSpec(48, "grey", (0.5,), (0.25,)), InputSpec(5, "rgb", (0.5,) * 3, (0.25,) * 3)],
    ids=lambda spec: spec.colour,
)
def test_noise_is_always_the_same(spec: InputSpec) -> None:
    sample = noise(spec, 6)
    assert sample.images.shape == (6, spec.channels, spec.size, spec.size)
    assert sample.images.dtype == np.uint8
    assert sample.labels is None
    assert sample.source == "6 noise images"
    np.testing.assert_array_equal(sample.images, noise(spec, 6).images)


def test_noise_is_classified_as_several_classes() -> None:
    """Otherwise equal classes would say nothing."""
    with EagerEngine.load(engines.resolve("emotionnet")) as engine:
        labels = engine.classify(noise(engine.manifest.input, NOISE).images).argmax(1)
    counts = np.bincount(labels, minlength=7)
    assert (counts > 0).sum() >= 4
    assert counts.max() < 0.8 * NOISE


@pytest.mark.parametrize("name", engines.shipped())
def test_the_reference_agrees_with_the_engine(name: str) -> None:
    folder = engines.resolve(name)
    with EagerEngine.load(folder) as plain, PyTorchEngine.load(folder, "cpu", precision="fp32") as fast:
        images = noise(plain.manifest.input, 40).images
        found = compare(plain.classify(images), fast.classify(images))
        assert plain.backend == "pytorch"
        assert plain.device == "cpu (fp32)"
    assert found.largest < 1e-4
    assert found.same == 1.0
    with pytest.raises(ValueError, match="closed"):
        plain.classify(images)


def test_the_reference_applies_the_temperature() -> None:
    with EagerEngine.load(engines.resolve("emotionnet")) as plain:
        images = noise(plain.manifest.input, 4).images
        sure = plain.classify(images).max(1)
        plain._manifest = dataclasses.replace(plain.manifest, temperature=100.0)
        np.testing.assert_allclose(plain.classify(images), 1 / 7, atol=0.05)
    assert (sure > 0.3).all()
