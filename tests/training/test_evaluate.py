"""The figures about an engine, checked on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.data.dataset import DataSet
from fervid.errors import DataError
from fervid.testing import FakeEngine
from fervid.training.evaluate import evaluate, fit_temperature, measure, tempered

CLASSES = ("a", "b", "c")
ANSWERS = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]], np.float32)
LABELS = np.array([0, 1, 1, 1])


def test_counted_by_hand() -> None:
    found = measure(ANSWERS, LABELS, CLASSES)
    assert (found.faces, found.correct, found.accuracy) == (4, 3, 0.75)
    assert found.confusion == ((1, 0, 0), (1, 2, 0), (0, 0, 0))
    a, b, c = found.scores
    assert (a.support, a.precision, a.recall, a.f1) == (1, 0.5, 1.0, pytest.approx(2 / 3))
    assert (b.support, b.precision, b.recall, b.f1) == (3, 1.0, pytest.approx(2 / 3), pytest.approx(0.8))
    assert (c.support, c.precision, c.recall, c.f1) == (0, 0.0, 0.0, 0.0)
    assert found.weighted("recall") == pytest.approx(0.75)
    assert found.macro("precision") == pytest.approx(0.5)
    assert found.loss == pytest.approx(-np.log([0.8, 0.3, 0.7, 0.8]).mean(), abs=1e-6)


def test_the_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    sure = np.tile(np.array([[0.9, 0.1, 0.0]], np.float32), (10, 1))
    assert measure(sure, np.array([0] * 9 + [1]), CLASSES).calibration_error == pytest.approx(0, abs=1e-6)
    assert measure(sure, np.array([0] * 4 + [1] * 6), CLASSES).calibration_error == pytest.approx(0.5, abs=1e-6)


def test_a_probability_of_zero_has_a_finite_loss() -> None:
    assert np.isfinite(measure(np.array([[1.0, 0.0, 0.0]], np.float32), np.array([1]), CLASSES).loss)


@given(st.floats(0.1, 10), st.integers(0, 99))
def test_tempering_divides_the_logits(temperature: float, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(size=(5, 7))

    def softmax(values: np.ndarray) -> np.ndarray:
        powers = np.exp(values - values.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    plain = softmax(logits).astype(np.float32)
    np.testing.assert_allclose(tempered(plain, temperature), softmax(logits / temperature), atol=1e-5)


class OverconfidentEngine(FakeEngine):
    """Gives the right label to three faces of four, always with a confidence of nearly 1."""

    def __init__(self, labels: np.ndarray) -> None:
        super().__init__()
        rows = np.full((len(labels), 7), 0.001, np.float32)
        answers = np.where(np.arange(len(labels)) % 4 == 3, (labels + 1) % 7, labels)
        rows[np.arange(len(labels)), answers] = 0.994
        self._rows = rows

    def classify(self, crops: np.ndarray) -> np.ndarray:
        return self._rows[: len(crops)]


def test_the_fitted_temperature_makes_confidence_true(small: DataSet) -> None:
    split = small.public_test
    engine = OverconfidentEngine(split.labels)
    temperature = fit_temperature(engine, split)
    assert temperature > 1.5
    calm = measure(tempered(engine.classify(split.images), temperature), split.labels, engine.manifest.classes)
    hot = evaluate(engine, split)
    assert calm.accuracy == hot.accuracy == 0.75
    assert calm.loss < hot.loss
    assert calm.calibration_error < 0.02 < hot.calibration_error


def test_the_temperature_is_not_fitted_on_the_test_set(small: DataSet) -> None:
    with pytest.raises(DataError, match="private_test must not take the place of public_test"):
        fit_temperature(OverconfidentEngine(small.private_test.labels), small.private_test)
