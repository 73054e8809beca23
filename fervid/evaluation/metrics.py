"""Metrics of an engine: accuracy, metrics per class, confusion matrix, loss and calibration error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from fervid.core.packages import require
from fervid.data.dataset import PUBLIC_TEST, Split
from fervid.engines.base import Engine
from fervid.evaluation import RESAMPLES
from fervid.evaluation.calibration import (
    SMALLEST,
    Bin,
    apply_temperature,
    confidence_bins,
    expected_calibration_error,
)

DIGITS: Final = 6
"""Number of decimals of the figures in JSON."""

_SEED: Final = 1

MEASURES: Final = ("precision", "recall", "f1")
"""Metrics of each class."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """The metrics of one class.

    Attributes:
        name: Name of the class.
        support: Number of faces with its label.
        precision: Share of the predictions of the class that are correct, 0 to 1; 0 if there are none.
        recall: Share of the faces with its label that are predicted as the class, 0 to 1; 0 if there are none.
        f1: Harmonic mean of precision and recall.
    """

    name: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The metrics of an engine on a set of faces.

    Attributes:
        faces: Number of faces.
        correct: Number of faces that were classified correctly.
        loss: Mean cross-entropy in nats.
        bins: Predictions by their confidence, for the calibration error.
        scores: Metrics of each class that a label can have, in the engine's order.
        predictions: Names of the classes that can be predicted, in the engine's order.
        confusion: Confusion matrix of numbers of faces; rows are labels as in `scores`, columns are `predictions`.
    """

    faces: int
    correct: int
    loss: float
    bins: tuple[Bin, ...]
    scores: tuple[ClassScore, ...]
    predictions: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def accuracy(self) -> float:
        """The share of faces that were classified correctly, 0 to 1."""
        return self.correct / self.faces

    def lower_bound(self, absent: int) -> float:
        """Return the accuracy, 0 to 1, with `absent` further faces counted as wrong."""
        return self.correct / (self.faces + absent)

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have faces, 0 to 1, in which rare classes count as much as others."""
        return fmean(score.recall for score in self.scores if score.support)

    @property
    def calibration_error(self) -> float:
        """The expected calibration error, which is the mean gap between confidence and accuracy, 0 to 1."""
        return expected_calibration_error(self.bins)

    def interval(self, resamples: int = RESAMPLES) -> tuple[float, float]:
        """Return the ends of the 95 % interval of the accuracy, 0 to 1; see `accuracy_interval`."""
        return accuracy_interval(self.correct, self.faces, resamples)

    def document(self, resamples: int = RESAMPLES) -> dict[str, Any]:
        """Return the metrics, ready for JSON, with the interval by `resamples` resamples."""
        scores = {score.name: {"faces": score.support, **_rounded(score)} for score in self.scores}
        return {
            "faces": self.faces,
            "accuracy": round(self.accuracy, DIGITS),
            "accuracy_interval": [round(end, DIGITS) for end in self.interval(resamples)],
            "balanced_accuracy": round(self.balanced_accuracy, DIGITS),
            "loss": round(self.loss, DIGITS),
            "calibration_error": round(self.calibration_error, DIGITS),
            "weighted": {name: round(self.weighted(name), DIGITS) for name in MEASURES},
            "macro": {name: round(self.macro(name), DIGITS) for name in MEASURES},
            "classes": scores,
            "predictions": list(self.predictions),
            "confusion": [list(row) for row in self.confusion],
        }

    def weighted(self, measure: str) -> float:
        """Return the mean ``precision``, ``recall`` or ``f1`` of the classes, weighted by their numbers of faces."""
        return sum(float(getattr(score, measure)) * score.support for score in self.scores) / self.faces

    def macro(self, measure: str) -> float:
        """Return the unweighted mean ``precision``, ``recall`` or ``f1`` of the classes."""
        return fmean(getattr(score, measure) for score in self.scores)


def check_metrics() -> None:
    """Check that metrics can be computed, before hours of training.

    Raises:
        MissingPackageError: scikit-learn is not installed.
    """
    _metrics()


def evaluate(engine: Engine, split: Split) -> Evaluation:
    """Evaluate `engine` on `split`, whose labels are indices into the engine's classes."""
    return evaluate_predictions(_classify(engine, split), split.labels, engine.manifest.classes)


def evaluate_agreed(engine: Engine, split: Split) -> Evaluation | None:
    """Evaluate `engine` on the faces of `split` whose label more than half of the annotators gave.

    This is the majority protocol of Barsoum et al. 2016 (arXiv:1608.01041), which figures on FER+ are usually based on.

    Returns:
        The metrics; None if there are no such faces or the votes are not recorded.
    """
    if split.agreed is None or not split.agreed.any():
        return None
    chosen = split.agreed
    return evaluate(engine, Split(split.usage, split.images[chosen], split.labels[chosen]))


def evaluate_predictions(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    class_indices: Sequence[int] | None = None,
) -> Evaluation:
    """Compare predictions with labels.

    Args:
        probabilities: (N, classes); each row sums to 1; N at least 1.
        labels: (N,) indices into `classes`.
        classes: Names of the classes.
        class_indices: Indices of the classes that a label can have, in ascending order; None for all.

    Raises:
        MissingPackageError: scikit-learn is not installed.
    """
    metrics, everything = _metrics(), range(len(classes))
    indices = list(everything if class_indices is None else class_indices)
    predictions = probabilities.argmax(1)
    scores = metrics.precision_recall_fscore_support(labels, predictions, labels=indices, zero_division=0.0)
    confusion = metrics.confusion_matrix(labels, predictions, labels=everything)[indices]
    return Evaluation(
        faces=len(labels),
        correct=int((predictions == labels).sum()),
        loss=_loss(probabilities, labels),
        bins=confidence_bins(probabilities, labels),
        scores=tuple(
            ClassScore(classes[index], int(support), float(precision), float(recall), float(f1))
            for index, precision, recall, f1, support in zip(indices, *scores, strict=True)
        ),
        predictions=tuple(classes),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
    )


def accuracy_interval(correct: int, faces: int, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy, by the percentiles of a bootstrap (Efron 1979).

    The random numbers are seeded, so every call with the same arguments gives the same interval.

    Args:
        correct: Number of faces that were classified correctly.
        faces: Number of faces; at least 1.
        resamples: Number of data sets of the same size that are drawn from the faces with replacement.

    Returns:
        The ends of the interval, 0 to 1.
    """
    # A face counts only as correct or wrong, so the number of correct faces in a resample follows a binomial
    # distribution. Drawing that number has the same outcome as drawing the faces one by one.
    drawn = np.random.default_rng(_SEED).binomial(faces, correct / faces, resamples)
    low, high = np.percentile(drawn / faces, (2.5, 97.5))
    return float(low), float(high)


def fit_temperature(engine: Engine, split: Split) -> float:
    """Return the temperature that minimises the cross-entropy of an engine on `split` (Guo et al. 2017).

    Args:
        engine: Engine with a temperature of 1.
        split: ``public_test``, which has already selected the weights; the test set must not be used.

    Raises:
        DataError: `split` is another split.
    """
    probabilities = _classify(engine, split.only_for(PUBLIC_TEST))
    found = minimize_scalar(
        lambda log: _loss(apply_temperature(probabilities, np.exp(log)), split.labels),
        bounds=(np.log(0.05), np.log(20)),
        method="bounded",
    )
    return float(np.exp(found.x))


def _classify(engine: Engine, split: Split) -> NDArray[np.float32]:
    spec = engine.manifest.input
    return engine.classify(split.at(spec.size, spec.channels).images)


def _rounded(score: ClassScore) -> dict[str, float]:
    return {name: round(getattr(score, name), DIGITS) for name in MEASURES}


def _loss(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    of_labels = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(of_labels.clip(SMALLEST)).mean())


def _metrics() -> Any:
    return require("sklearn.metrics", "fervid[train]")
