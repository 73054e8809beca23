"""How far an accuracy may be from that of all faces of its kind: a bootstrap over the faces that were judged."""

from __future__ import annotations

from typing import Final

import numpy as np

RESAMPLES: Final = 10_000
_SEED: Final = 1


def interval(correct: int, faces: int, resamples: int = RESAMPLES) -> tuple[float, float]:
    """The 95 % interval of an accuracy, by the percentiles of a bootstrap (Efron 1979); the same on every call.

    Args:
        correct: How many faces were told rightly.
        faces: How many there are; at least 1.
        resamples: How many data sets of the same size are drawn from them, with replacement.

    Returns:
        Its ends, 0 to 1.
    """
    # Faces count only as right or wrong, so of those drawn with replacement a binomially distributed number is right:
    # that number is drawn in place of the faces one by one.
    right = np.random.default_rng(_SEED).binomial(faces, correct / faces, resamples)
    low, high = np.percentile(right / faces, (2.5, 97.5))
    return float(low), float(high)
