"""FER+ (Barsoum et al. 2016, arXiv:1608.01041): what ten people saw in each face of FER2013, and what is made of it.

The table ``fer2013new.csv`` gives ten votes a face: eight emotions in the order of `fervid.core.emotions.FERPLUS`, then
"unknown" and "not a face".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FERPLUS

COLUMNS: Final = (*FERPLUS, "unknown", "not-a-face")
"""What the ten columns of votes mean."""

NOT_A_FACE: Final = COLUMNS.index("not-a-face")

_EMOTIONS: Final = len(FERPLUS)


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What the taggers together think of N faces.

    A vote that only a single tagger gave is taken for a slip and not counted, as Barsoum et al. do.

    Attributes:
        judged: (N,) bool, whether anyone, slips apart, saw an emotion; where not, label and target mean nothing.
        clear: (N,) bool, judged, and neither "unknown" nor "not a face" has more votes than every emotion: the faces to
            learn from.
        labels: (N,) int64, the emotion with most votes, the first of equals, as a place in `FERPLUS`.
        targets: (N, 8) float32, the emotions' shares of the votes for emotions.
        agreed: (N,) bool, whether the label has more than half of all votes, "unknown" and "not a face" among them: the
            faces of Barsoum et al.'s majority protocol.
    """

    judged: NDArray[np.bool_]
    clear: NDArray[np.bool_]
    labels: NDArray[np.int64]
    targets: NDArray[np.float32]
    agreed: NDArray[np.bool_]


def opinion(votes: NDArray[np.integer]) -> Opinion:
    """Sum up votes.

    Args:
        votes: (N, 10), in the order of `COLUMNS`.
    """
    counted = np.where(votes > 1, votes, 0).astype(np.int64)
    emotions, others = counted[:, :_EMOTIONS], counted[:, _EMOTIONS:]
    most = emotions.max(axis=1)
    judged = most > 0
    # The division must hold for faces without a vote too; they are not judged, so what it gives is not used.
    shares = emotions / np.maximum(emotions.sum(axis=1, keepdims=True), 1)
    return Opinion(
        judged=judged,
        clear=judged & (most >= others.max(axis=1)),
        labels=emotions.argmax(axis=1),
        targets=shares.astype(np.float32),
        agreed=2 * most > counted.sum(axis=1),
    )
