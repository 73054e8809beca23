"""Labels from the votes of FER+ (Barsoum et al. 2016, arXiv:1608.01041), ten annotators for each face of FER2013.

The table ``fer2013new.csv`` holds ten counts for each face: eight emotions in the order of
`fervid.core.emotions.FERPLUS`, then "unknown" and "not a face".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FERPLUS

COLUMNS: Final = (*FERPLUS, "unknown", "not-a-face")
"""The meaning of the ten columns of votes."""

NOT_A_FACE: Final = COLUMNS.index("not-a-face")

_EMOTIONS: Final = len(FERPLUS)


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """The annotators' combined opinion of N faces.

    A class with a single vote is taken for a slip and not counted, as in Barsoum et al.

    Attributes:
        judged: (N,) bool, True if any emotion has votes that count; elsewhere label and target are meaningless.
        clear: (N,) bool, True if judged and neither "unknown" nor "not a face" has more votes than every emotion: the
            faces to train on.
        labels: (N,) int64, the emotion with most votes, the first of a tie, as an index into `FERPLUS`.
        targets: (N, 8) float32, the distribution of the votes over the emotions.
        agreed: (N,) bool, True if the label has more than half of all votes, "unknown" and "not a face" included: the
            faces of Barsoum et al.'s majority protocol.
    """

    judged: NDArray[np.bool_]
    clear: NDArray[np.bool_]
    labels: NDArray[np.int64]
    targets: NDArray[np.float32]
    agreed: NDArray[np.bool_]


def opinion(votes: NDArray[np.integer]) -> Opinion:
    """Combine the votes on each face.

    Args:
        votes: (N, 10) counts, in the order of `COLUMNS`.
    """
    counted = np.where(votes > 1, votes, 0).astype(np.int64)
    emotions, others = counted[:, :_EMOTIONS], counted[:, _EMOTIONS:]
    most = emotions.max(axis=1)
    judged = most > 0
    # The maximum avoids a division by zero for faces without votes, whose target is not used.
    shares = emotions / np.maximum(emotions.sum(axis=1, keepdims=True), 1)
    return Opinion(
        judged=judged,
        clear=judged & (most >= others.max(axis=1)),
        labels=emotions.argmax(axis=1),
        targets=shares.astype(np.float32),
        agreed=2 * most > counted.sum(axis=1),
    )
