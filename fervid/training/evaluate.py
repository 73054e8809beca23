"""How good an engine is: accuracy, per class, confusion, loss and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from fervid.data.dataset import PUBLIC_TEST, Split
from fervid.engines.base import Engine

_BINS: Final = 15
_LEAST: Final = 1e-12
"""Stands for a probability of 0 in a logarithm."""


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
        calibration_error: The mean gap between confidence and accuracy, 0 to 1, over 15 bins of equal width (expected
            calibration error, Guo et al. 2017, arXiv:1706.04599).
        scores: One for each class, in the engine's order.
        confusion: Row by label, column by answer: how many.
    """

    faces: int
    correct: int
    loss: float
    calibration_error: float
    scores: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def accuracy(self) -> float:
        """Which part was told rightly, 0 to 1."""
        return self.correct / self.faces

    def weighted(self, measure: str) -> float:
        """The mean over all classes of ``precision``, ``recall`` or ``f1``, weighted by their faces."""
        return sum(float(getattr(score, measure)) * score.support for score in self.scores) / self.faces

    def macro(self, measure: str) -> float:
        """The plain mean over all classes of ``precision``, ``recall`` or ``f1``."""
        return sum(float(getattr(score, measure)) for score in self.scores) / len(self.scores)


def evaluate(engine: Engine, split: Split) -> Evaluation:
    """Let `engine` classify the faces of `split`, whose labels are places in the engine's classes."""
    return measure(engine.classify(split.images), split.labels, engine.manifest.classes)


def measure(probabilities: NDArray[np.float32], labels: NDArray[np.int64], classes: Sequence[str]) -> Evaluation:
    """Compare answers with labels.

    Args:
        probabilities: (N, classes), rows summing to 1; N at least 1.
        labels: (N,) places in `classes`.
        classes: Their names.
    """
    answers = probabilities.argmax(1)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    scores = tuple(_score(name, confusion, at) for at, name in enumerate(classes))
    loss = -np.log(probabilities[np.arange(len(labels)), labels].astype(np.float64).clip(_LEAST)).mean()
    return Evaluation(
        faces=len(labels),
        correct=int((answers == labels).sum()),
        loss=float(loss),
        calibration_error=_calibration_error(probabilities, labels),
        scores=scores,
        confusion=tuple(tuple(map(int, row)) for row in confusion),
    )


def fit_temperature(engine: Engine, split: Split) -> float:
    """The temperature that makes the engine's probabilities most likely true on `split`.

    Args:
        engine: With a temperature of 1.
        split: `public_test`: what chose the weights may choose the temperature too, the test set may not.

    Raises:
        DataError: The split is another one.
    """
    probabilities = engine.classify(split.only_for(PUBLIC_TEST).images)
    found = minimize_scalar(
        lambda log: measure(tempered(probabilities, np.exp(log)), split.labels, engine.manifest.classes).loss,
        bounds=(np.log(0.05), np.log(20)),
        method="bounded",
    )
    return float(np.exp(found.x))


def tempered(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """(N, classes) probabilities as they would be had their logits been divided by `temperature`."""
    # The logarithms of a softmax are its logits, but for one number that a softmax does not see.
    logits = np.log(probabilities.astype(np.float64).clip(_LEAST)) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    rows: NDArray[np.float32] = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    return rows


def _score(name: str, confusion: NDArray[np.int64], at: int) -> ClassScore:
    right, support, answered = int(confusion[at, at]), int(confusion[at].sum()), int(confusion[:, at].sum())
    return ClassScore(
        name=name,
        support=support,
        precision=right / answered if answered else 0.0,
        recall=right / support if support else 0.0,
        f1=2 * right / (support + answered) if right else 0.0,
    )


def _calibration_error(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    confidence = probabilities.max(1).astype(np.float64)
    right = probabilities.argmax(1) == labels
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, confidence - right, _BINS)
    return float(np.abs(gaps).sum() / len(labels))
