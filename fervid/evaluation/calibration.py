"""How true an engine's confidence is, and what a temperature makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 15
"""Into how many parts of equal width confidence is divided, as Guo et al. 2017 (arXiv:1706.04599) do."""

LEAST: Final = 1e-12
"""Stands for a probability of 0 in a logarithm."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers of about one confidence.

    Attributes:
        faces: How many.
        confidence: The mean of the highest probabilities, 0 to 1; 0 where there are no faces.
        accuracy: Which part of the answers is right, 0 to 1; 0 where there are no faces.
    """

    faces: int
    confidence: float
    accuracy: float


def bins(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[Bin, ...]:
    """Sort answers by their confidence.

    Args:
        probabilities: (N, classes), rows summing to 1.
        labels: (N,) places in the classes.

    Returns:
        `BINS` of them, from the least confidence to the highest.
    """
    confidence = probabilities.max(1).astype(np.float64)
    right = probabilities.argmax(1) == labels
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    faces, sure, true = (np.bincount(places, weights, BINS) for weights in (None, confidence, right))
    some = np.maximum(faces, 1)
    return tuple(map(Bin, faces.tolist(), (sure / some).tolist(), (true / some).tolist()))


def expected_error(parts: Sequence[Bin]) -> float:
    """The mean gap between confidence and accuracy, 0 to 1 (expected calibration error, Guo et al. 2017)."""
    return sum(part.faces * abs(part.confidence - part.accuracy) for part in parts) / sum(part.faces for part in parts)


def tempered(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """(N, classes) probabilities as they would be had their logits been divided by `temperature`."""
    # The logarithms of a softmax are its logits, but for one number that a softmax does not see.
    logits = np.log(probabilities.astype(np.float64).clip(LEAST)) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    rows: NDArray[np.float32] = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    return rows
