"""Labelled faces in memory, in the three parts that FER2013's authors made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from fervid.errors import DataError

TRAINING: Final = "training"
PUBLIC_TEST: Final = "public_test"
PRIVATE_TEST: Final = "private_test"
SPLITS: Final = (TRAINING, PUBLIC_TEST, PRIVATE_TEST)
"""For learning, for choosing, and for the final figure alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Faces that are used together.

    Attributes:
        usage: What they are for: one of `SPLITS`.
        images: (N, channels, size, size) uint8.
        labels: (N,) int64, places in the data set's classes; what an answer is judged by.
        targets: (N, classes) float32 rows that sum to 1, where several people named each face; what is learned in place
            of the labels.
        agreed: (N,) bool, where several people named each face: whether more than half of them gave the label.
    """

    usage: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    targets: NDArray[np.float32] | None = None
    agreed: NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def only_for(self, usage: str) -> Self:
        """Itself, where it is for `usage`; the guard that keeps the test set out of training and choosing.

        Raises:
            DataError: It is for something else.
        """
        if self.usage != usage:
            raise DataError(f"{self.usage} must not take the place of {usage}", f"give the split {usage}")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A labelled data set.

    Attributes:
        name: For people.
        classes: What the labels mean.
        training: The network learns from it.
        public_test: The best epoch is chosen and the temperature is fitted on it.
        private_test: Seen once, for the final figure.
        private_rows: How many faces the published `private_test` has; where fewer are here, the missing ones count as
            wrong in the lower bound of the accuracy.
    """

    name: str
    classes: tuple[str, ...]
    training: Split
    public_test: Split
    private_test: Split
    private_rows: int
