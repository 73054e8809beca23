"""How far the answers of one engine are from those of another for the same pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.engines.manifest import InputSpec

NOISE: Final = 512
"""How many pictures of noise stand in where there are no faces."""

_SEED: Final = 1
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Pictures to compare engines on.

    Attributes:
        images: (N, channels, size, size) uint8, as the engines take them; N at least 1.
        source: What they are, for people.
        labels: (N,) int64, places in the engines' classes; None where they are not known.
    """

    images: NDArray[np.uint8]
    source: str
    labels: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came out.

    Attributes:
        largest: The largest difference of a probability, 0 to 1.
        mean: Their mean, over all pictures and classes.
        same: Which part of the pictures has the same label.
        accuracy: Which part of the labels is right; None where they are not known.
    """

    largest: float
    mean: float
    same: float
    accuracy: float | None

    def document(self) -> dict[str, Any]:
        """The figures, ready for JSON; no accuracy where labels are not known."""
        figures = {
            "largest_difference": self.largest,
            "mean_difference": self.mean,
            "same_labels": self.same,
            "accuracy": self.accuracy,
        }
        return {name: round(value, _DIGITS) for name, value in figures.items() if value is not None}


def compare(
    exact: NDArray[np.float32], rows: NDArray[np.float32], labels: NDArray[np.int64] | None = None
) -> Comparison:
    """Compare answers for the same pictures.

    Args:
        exact: (N, classes) probabilities to compare with.
        rows: (N, classes) of the other engine.
        labels: (N,) places in the classes, where they are known.
    """
    apart = np.abs(exact - rows)
    answers = rows.argmax(1)
    return Comparison(
        largest=float(apart.max()),
        mean=float(apart.mean(dtype=np.float64)),
        same=float((answers == exact.argmax(1)).mean()),
        accuracy=None if labels is None else float((answers == labels).mean()),
    )


def noise(spec: InputSpec, count: int = NOISE) -> Sample:
    """Pictures of noise, always the same ones, coarse and fine at once as the light on a face is.

    Args:
        spec: What pictures the engine takes.
        count: How many.
    """
    random = np.random.default_rng(_SEED)
    shape, places = (count, spec.channels), np.arange(spec.size)
    total = np.full((*shape, spec.size, spec.size), 128, np.float32)
    for cells in (2, 4, 8, 16, 32):
        grid = random.normal(scale=25, size=(*shape, cells, cells)).astype(np.float32)
        nearest = places * cells // spec.size
        total += grid[:, :, nearest][:, :, :, nearest]
    return Sample(total.clip(0, 255).astype(np.uint8), f"{count} pictures of noise")
