"""Labelled faces in memory, in the three parts that FER2013's authors made."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from fervid.data.faces import Skipped
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

    def at(self, size: int, channels: int) -> Self:
        """The same faces at another size: interpolated when they grow, averaged over areas when they shrink.

        Args:
            size: Width and height in pixels.
            channels: As many as there are; or 3 where there is 1, which is repeated.
        """
        if self.images.shape[1:] == (channels, size, size):
            return self
        import cv2  # only where it is needed

        way = cv2.INTER_AREA if size < self.images.shape[-1] else cv2.INTER_LINEAR
        images = np.empty((len(self), self.images.shape[1], size, size), np.uint8)
        for image, resized in zip(self.images, images, strict=True):
            for plane, into in zip(image, resized, strict=True):
                cv2.resize(plane, (size, size), into, interpolation=way)
        shape = (len(self), channels, size, size)
        return dataclasses.replace(self, images=np.ascontiguousarray(np.broadcast_to(images, shape)))

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
        skipped: What was left out of the source because it could not be read, or no face was found in it.
    """

    name: str
    classes: tuple[str, ...]
    training: Split
    public_test: Split
    private_test: Split
    private_rows: int
    skipped: tuple[Skipped, ...] = ()
