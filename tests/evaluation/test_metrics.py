"""Metrics of engines, on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from fervid.data.dataset import DataSet, Split
from fervid.errors import DataError
from fervid.evaluation.calibration import apply_temperature
from fervid.evaluation.metrics import evaluate, evaluate_agreed, evaluate_predictions, fit_temperature
from fervid.testing import FakeEngine

CLASSES = ("a", "b", "c")
PROBABILITIES = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1]], np.float32)
LABELS = np.array([0, 1, 1, 1])


def test_counted_by_hand() -> None:
    found = evaluate_predictions(PROBABILITIES, LABELS, CLASSES)
    assert (found.faces, found.correct, found.accuracy) == (4, 3, 0.75)
    assert found.confusion == ((1, 0, 0), (1, 2, 0), (0, 0, 0))
    a, b, c = found.scores
    assert (a.support, a.precision, a.recall, a.f1) == (1, 0.5, 1.0, pytest.approx(2 / 3))
    assert (b.support, b.precision, b.recall, b.f1) == (3, 1.0, pytest.approx(2 / 3), pytest.approx(0.8))
    assert (c.support, c.precision, c.recall, c.f1) == (0, 0.0, 0.0, 0.0)
    assert found.weighted("recall") == pytest.approx(0.75)
    assert found.macro("precision") == pytest.approx(0.5)
    assert found.loss == pytest.approx(-np.log([0.8, 0.3, 0.7, 0.8]).mean(), abs=1e-6)


def test_rare_classes_count_the_same_when_balanced() -> None:
    """One of one face, and two of three, are correct; the class without faces does not count."""
    assert evaluate_predictions(PROBABILITIES, LABELS, CLASSES).balanced_accuracy == pytest.approx((1 + 2 / 3) / 2)


def test_labels_that_cannot_occur_have_no_row() -> None:
    """The data has only b and c; a prediction of a is wrong and keeps its column."""
    found = evaluate_predictions(PROBABILITIES[1:], LABELS[1:], CLASSES, class_indices=(1, 2))
    assert [score.name for score in found.scores] == ["b", "c"]
    assert found.predictions == CLASSES
    assert found.confusion == ((1, 2, 0), (0, 0, 0))


def test_the_figures_are_those_of_scikit_learn() -> None:
    chance = np.random.default_rng(5)
    probabilities, labels = chance.dirichlet(np.ones(4), 200).astype(np.float32), chance.integers(0, 4, 200)
    predictions, found = probabilities.argmax(1), evaluate_predictions(probabilities, labels, "abcd")
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, predictions))
    assert found.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(labels, predictions))
    assert found.loss == pytest.approx(metrics.log_loss(labels, probabilities, labels=range(4)), abs=1e-5)
    for average, mean in (("weighted", found.weighted), ("macro", found.macro)):
        assert mean("precision") == pytest.approx(metrics.precision_score(labels, predictions, average=average))
        assert mean("recall") == pytest.approx(metrics.recall_score(labels, predictions, average=average))
        assert mean("f1") == pytest.approx(metrics.f1_score(labels, predictions, average=average))


def test_a_probability_of_zero_has_a_finite_loss() -> None:
    assert np.isfinite(evaluate_predictions(np.array([[1.0, 0.0, 0.0]], np.float32), np.array([1]), CLASSES).loss)


class OverconfidentEngine(FakeEngine):
    """An engine that classifies three of four faces correctly, always with a confidence of nearly 1."""

    def __init__(self, labels: np.ndarray) -> None:
        super().__init__()
        rows = np.full((len(labels), 7), 0.001, np.float32)
        predictions = np.where(np.arange(len(labels)) % 4 == 3, (labels + 1) % 7, labels)
        rows[np.arange(len(labels)), predictions] = 0.994
        self._rows = rows

    def classify(self, crops: np.ndarray) -> np.ndarray:
        return self._rows[: len(crops)]


def test_the_fitted_temperature_calibrates_confidence(small: DataSet) -> None:
    split = small.public_test
    engine = OverconfidentEngine(split.labels)
    temperature = fit_temperature(engine, split)
    assert temperature > 1.5
    calm = evaluate_predictions(
        apply_temperature(engine.classify(split.images), temperature), split.labels, engine.manifest.classes
    )
    hot = evaluate(engine, split)
    assert calm.accuracy == hot.accuracy == 0.75
    assert calm.loss < hot.loss
    assert calm.calibration_error < 0.02 < hot.calibration_error


def test_the_temperature_is_not_fitted_on_the_test_set(small: DataSet) -> None:
    with pytest.raises(DataError, match="private_test must not be used as public_test"):
        fit_temperature(OverconfidentEngine(small.private_test.labels), small.private_test)


def test_faces_on_which_people_agreed(small: DataSet) -> None:
    labels = np.array([3, 3, 3, 0])
    split = Split("private_test", small.private_test.images[:4], labels, agreed=np.array([True, False, False, True]))
    engine = FakeEngine("happy")
    assert evaluate(engine, split).accuracy == 0.75
    agreed = evaluate_agreed(engine, split)
    assert agreed is not None
    assert (agreed.faces, agreed.accuracy) == (2, 0.5)
    assert evaluate_agreed(engine, small.private_test) is None


def test_images_are_resized_for_the_engine(small: DataSet) -> None:
    large = small.private_test.at(96, 3)
    with pytest.raises(ValueError, match="broadcast"):
        evaluate(FakeEngine(), large)  # colour is not converted to grey silently
    assert evaluate(FakeEngine(), small.private_test.at(96, 1)).faces == 32
