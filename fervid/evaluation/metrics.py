"""How good an engine is: accuracy, per class, confusion, loss and calibration."""

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
from fervid.evaluation.calibration import LEAST, Bin, bins, expected_error, tempered

DIGITS: Final = 6
"""How many a figure has in a document."""

_SEED: Final = 1

MEASURES: Final = ("precision", "recall", "f1")


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is told.

    Attributes:
        name: Which one.
        support: How many faces bear its label.
        precision: Which part of the answers of this class is right, 0 to 1; 0 where there are none.
        recall: Which part of its faces is found, 0 to 1; 0 where there are none.
        f1: The harmonic mean of both.
    """

    name: str
    support: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out for one set of faces.

    Attributes:
        faces: How many.
        correct: How many were told rightly.
        loss: Mean cross-entropy in nats.
        bins: The answers sorted by their confidence.
        scores: One for each class that a label can name, in the engine's order.
        answers: The classes that an answer can name: the engine's.
        confusion: Row by label, as `scores`, column by answer, as `answers`: how many.
    """

    faces: int
    correct: int
    loss: float
    bins: tuple[Bin, ...]
    scores: tuple[ClassScore, ...]
    answers: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def accuracy(self) -> float:
        """Which part was told rightly, 0 to 1."""
        return self.correct / self.faces

    def lower_bound(self, absent: int) -> float:
        """Return the accuracy, 0 to 1, with `absent` further faces counted as wrong."""
        return self.correct / (self.faces + absent)

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have faces, 0 to 1: each class counts the same, however rare."""
        return fmean(score.recall for score in self.scores if score.support)

    @property
    def calibration_error(self) -> float:
        """The mean gap between confidence and accuracy, 0 to 1."""
        return expected_error(self.bins)

    def interval(self, resamples: int = RESAMPLES) -> tuple[float, float]:
        """The ends of the 95 % interval of the accuracy, 0 to 1, by so many resamples of a bootstrap."""
        return accuracy_interval(self.correct, self.faces, resamples)

    def document(self, resamples: int = RESAMPLES) -> dict[str, Any]:
        """The figures, ready for JSON; the interval by so many resamples."""
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
            "answers": list(self.answers),
            "confusion": [list(row) for row in self.confusion],
        }

    def weighted(self, measure: str) -> float:
        """The mean over all classes of ``precision``, ``recall`` or ``f1``, weighted by their faces."""
        return sum(float(getattr(score, measure)) * score.support for score in self.scores) / self.faces

    def macro(self, measure: str) -> float:
        """The plain mean over all classes of ``precision``, ``recall`` or ``f1``."""
        return fmean(getattr(score, measure) for score in self.scores)


def check_metrics() -> None:
    """Find out before hours of training whether its outcome can be judged.

    Raises:
        MissingPackageError: scikit-learn is not installed.
    """
    _metrics()


def evaluate(engine: Engine, split: Split) -> Evaluation:
    """Let `engine` classify the faces of `split`, whose labels are places in the engine's classes."""
    return measure(_classify(engine, split), split.labels, engine.manifest.classes)


def evaluate_agreed(engine: Engine, split: Split) -> Evaluation | None:
    """The same over the faces whose label more than half of the people gave; None where the data tells of none.

    This is the majority protocol of Barsoum et al. 2016 (arXiv:1608.01041), by which FER+ figures are compared.
    """
    if split.agreed is None or not split.agreed.any():
        return None
    chosen = split.agreed
    return evaluate(engine, Split(split.usage, split.images[chosen], split.labels[chosen]))


def measure(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    judged: Sequence[int] | None = None,
) -> Evaluation:
    """Compare answers with labels.

    Args:
        probabilities: (N, classes), rows summing to 1; N at least 1.
        labels: (N,) places in `classes`.
        classes: Their names.
        judged: The places that a label can have, in ascending order; all of them by default.

    Raises:
        MissingPackageError: scikit-learn is not installed.
    """
    metrics, everything = _metrics(), range(len(classes))
    places = list(everything if judged is None else judged)
    answers = probabilities.argmax(1)
    scores = metrics.precision_recall_fscore_support(labels, answers, labels=places, zero_division=0.0)
    confusion = metrics.confusion_matrix(labels, answers, labels=everything)[places]
    return Evaluation(
        faces=len(labels),
        correct=int((answers == labels).sum()),
        loss=_loss(probabilities, labels),
        bins=bins(probabilities, labels),
        scores=tuple(
            ClassScore(classes[place], int(support), float(precision), float(recall), float(f1))
            for place, precision, recall, f1, support in zip(places, *scores, strict=True)
        ),
        answers=tuple(classes),
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
    """The temperature that makes the engine's probabilities most likely true on `split`.

    Args:
        engine: With a temperature of 1.
        split: `public_test`: what chose the weights may choose the temperature too, the test set may not.

    Raises:
        DataError: The split is another one.
    """
    probabilities = _classify(engine, split.only_for(PUBLIC_TEST))
    found = minimize_scalar(
        lambda log: _loss(tempered(probabilities, np.exp(log)), split.labels),
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
    told = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(told.clip(LEAST)).mean())


def _metrics() -> Any:
    return require("sklearn.metrics", "fervid[train]")
