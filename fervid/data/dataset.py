"""Labelled faces in memory, in the three splits of FER2013."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import Self

from fervid.errors import DataError

if TYPE_CHECKING:  # the names are read for help texts, which need none of these
    import numpy as np
    from numpy.typing import NDArray

    from fervid.data.faces import Skipped

TRAINING: Final = "training"
PUBLIC_TEST: Final = "public_test"
PRIVATE_TEST: Final = "private_test"
SPLITS: Final = (TRAINING, PUBLIC_TEST, PRIVATE_TEST)
"""Training, validation (choosing an epoch, scales and a temperature), and test (the final figure alone)."""

SIZE: Final = 48
"""Width and height in pixels of a face of FER2013, and by default of every face that is read."""

COLOUR: Final = "grey"
"""The default colour of a face, of `fervid.engines.manifest.CHANNELS`."""

LABELS: Final = ("class", "majority", "distribution")
"""The data set's own label, the default; the emotion with most FER+ votes; or the distribution of these votes."""

NONE: Final = "none"
AUXILIARY_LABELS: Final = (NONE, *LABELS)
"""The labels of an auxiliary head: none, the default, or one of `LABELS`."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The faces of one split.

    Attributes:
        usage: One of `SPLITS`.
        images: (N, channels, size, size) uint8.
        labels: (N,) int64, indices into the data set's classes: the ground truth that predictions are compared with.
        targets: (N, classes) float32 rows that sum to 1, the distribution of several annotators' votes, learned in
            place of the labels; None where each face has a single label.
        agreed: (N,) bool, True where more than half of the annotators gave the label; None where each face has a single
            label.
        known: (N,) bool, False where the label is unknown and its value means nothing, as for a face that is here for
            the labels of another head; None where every face has a label.
        names: (N,) text, the names of the faces in their source, all distinct; None if they are not recorded.
    """

    usage: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    targets: NDArray[np.float32] | None = None
    agreed: NDArray[np.bool_] | None = None
    known: NDArray[np.bool_] | None = None
    names: NDArray[np.str_] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def labelled(self) -> int:
        """The number of faces whose label is known."""
        return len(self) if self.known is None else int(self.known.sum())

    def take(self, chosen: NDArray[np.bool_]) -> Self:
        """Return the faces selected by `chosen`, (N,) bool."""
        if chosen.all():
            return self
        arrays: dict[str, Any] = {
            name: None if array is None else array[chosen]
            for name in ("images", "labels", "targets", "agreed", "known", "names")
            for array in [getattr(self, name)]
        }
        return dataclasses.replace(self, **arrays)

    def at(self, size: int, channels: int) -> Self:
        """Return the same faces at another size: interpolated if larger, averaged over areas if smaller.

        Args:
            size: Width and height in pixels.
            channels: The present number of channels; or 3 for a grey image, whose channel is then repeated.
        """
        if self.images.shape[1:] == (channels, size, size):
            return self
        import cv2  # heavy, and needed only where the size changes
        import numpy as np

        way = cv2.INTER_AREA if size < self.images.shape[-1] else cv2.INTER_LINEAR
        images = np.empty((len(self), self.images.shape[1], size, size), np.uint8)
        for image, resized in zip(self.images, images, strict=True):
            for plane, into in zip(image, resized, strict=True):
                cv2.resize(plane, (size, size), into, interpolation=way)
        shape = (len(self), channels, size, size)
        return dataclasses.replace(self, images=np.ascontiguousarray(np.broadcast_to(images, shape)))

    def only_for(self, usage: str) -> Self:
        """Return this split if it is `usage`: the guard that keeps the test set out of training and model selection.

        Raises:
            DataError: It is another split.
        """
        if self.usage != usage:
            raise DataError(f"{self.usage} must not be used as {usage}", f"pass the split {usage}")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A labelled data set.

    Attributes:
        name: The name shown to people.
        classes: The names of the labels.
        training: The faces that the network learns from.
        public_test: The validation faces: they select the best epoch, the scales of the classes and the
            temperature.
        private_test: The test faces, seen once for the final figure.
        private_rows: The number of faces in the published `private_test`; missing ones count as wrong in the lower
            bound of the accuracy.
        skipped: The items of the source that could not be read or in which no face was found.
        detected: True if a detector found each face, which was then cropped as in a video.
        auxiliary: The same faces with the labels of an auxiliary head. Its training faces are those of `training`, in
            the same order; its other splits hold the faces that have such a label. None without an auxiliary head.
    """

    name: str
    classes: tuple[str, ...]
    training: Split
    public_test: Split
    private_test: Split
    private_rows: int
    skipped: tuple[Skipped, ...] = ()
    detected: bool = False
    auxiliary: DataSet | None = None
