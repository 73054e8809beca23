"""Calibration of an engine's confidence: how well it matches the accuracy, and the effect of a temperature on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BINS: Final = 15
"""Number of bins of equal width that confidence is divided into, as in Guo et al. 2017 (arXiv:1706.04599)."""

SMALLEST: Final = 1e-12
"""Value used for a probability of 0 in a logarithm."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The predictions whose confidence falls into one bin.

    Attributes:
        faces: Number of predictions.
        confidence: Mean of their highest probabilities, 0 to 1; 0 if there are none.
        accuracy: Share of them that is correct, 0 to 1; 0 if there are none.
    """

    faces: int
    confidence: float
    accuracy: float


def confidence_bins(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[Bin, ...]:
    """Sort predictions into bins by their confidence.

    Args:
        probabilities: (N, classes); each row sums to 1.
        labels: (N,) indices into the classes.

    Returns:
        `BINS` bins, from the lowest confidence to the highest.
    """
    confidence = probabilities.max(1).astype(np.float64)
    correct = probabilities.argmax(1) == labels
    indices = bin_indices(confidence)
    faces, confidences, corrects = (np.bincount(indices, weights, BINS) for weights in (None, confidence, correct))
    divisor = np.maximum(faces, 1)
    return tuple(map(Bin, faces.tolist(), (confidences / divisor).tolist(), (corrects / divisor).tolist()))


def bin_indices(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin, 0 to `BINS` - 1, that each confidence, 0 to 1, falls into."""
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean gap between confidence and accuracy, 0 to 1 (Guo et al. 2017)."""
    return sum(part.faces * abs(part.confidence - part.accuracy) for part in bins) / sum(part.faces for part in bins)


def apply_temperature(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Return the (N, classes) probabilities that result when the logits are divided by `temperature`."""
    # The logarithms of probabilities equal the logits except for a constant in each row, which a softmax ignores.
    logits = np.log(probabilities.astype(np.float64).clip(SMALLEST)) / temperature
    powers = np.exp(logits - logits.max(1, keepdims=True))
    rows: NDArray[np.float32] = (powers / powers.sum(1, keepdims=True)).astype(np.float32)
    return rows
