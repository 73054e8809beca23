"""Comparison of the predictions of two engines on the same images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.engines.manifest import InputSpec

NOISE: Final = 512
"""Number of noise images that are used when no faces are given."""

_SEED: Final = 1
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Images to compare engines on.

    Attributes:
        images: (N, channels, size, size) uint8, as the engines take them; N at least 1.
        source: Description of the images, as shown to users.
        labels: (N,) int64 indices into the engines' classes; None if they are not known.
    """

    images: NDArray[np.uint8]
    source: str
    labels: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences between the predictions of an engine and those of a reference.

    Attributes:
        largest: Largest difference between two probabilities, 0 to 1.
        mean: Mean difference over all images and classes, 0 to 1.
        same: Share of the images with the same predicted class, 0 to 1.
        accuracy: Share of the images that the engine classifies correctly, 0 to 1; None if labels are not known.
    """

    largest: float
    mean: float
    same: float
    accuracy: float | None

    def document(self) -> dict[str, Any]:
        """Return the figures, ready for JSON, without the accuracy if it is not known."""
        figures = {
            "largest_difference": self.largest,
            "mean_difference": self.mean,
            "same_labels": self.same,
            "accuracy": self.accuracy,
        }
        return {name: round(value, _DIGITS) for name, value in figures.items() if value is not None}


def compare(
    reference: NDArray[np.float32], probabilities: NDArray[np.float32], labels: NDArray[np.int64] | None = None
) -> Comparison:
    """Compare the predictions of an engine with those of a reference for the same images.

    Args:
        reference: (N, classes) probabilities of the reference.
        probabilities: (N, classes) probabilities of the engine.
        labels: (N,) indices into the classes, if they are known.
    """
    differences = np.abs(reference - probabilities)
    predictions = probabilities.argmax(1)
    return Comparison(
        largest=float(differences.max()),
        mean=float(differences.mean(dtype=np.float64)),
        same=float((predictions == reference.argmax(1)).mean()),
        accuracy=None if labels is None else float((predictions == labels).mean()),
    )


def noise(spec: InputSpec, count: int = NOISE) -> Sample:
    """Return images of noise that mix coarse and fine structure, as faces do; always the same ones.

    Args:
        spec: Images that the engine takes.
        count: Number of images.
    """
    random = np.random.default_rng(_SEED)
    shape, pixels = (count, spec.channels), np.arange(spec.size)
    total = np.full((*shape, spec.size, spec.size), 128, np.float32)
    for cells in (2, 4, 8, 16, 32):
        grid = random.normal(scale=25, size=(*shape, cells, cells)).astype(np.float32)
        nearest = pixels * cells // spec.size
        total += grid[:, :, nearest][:, :, :, nearest]
    return Sample(total.clip(0, 255).astype(np.uint8), f"{count} noise images")
