"""Labelled faces in the order and with the names of their source, before they are divided into splits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from fervid.errors import DataError


@dataclass(frozen=True, slots=True)
class Skipped:
    """An item of a source that was skipped.

    Attributes:
        name: The image or row, named as in `Faces.names`.
        reason: The reason, in one line.
    """

    name: str
    reason: str


@dataclass(slots=True)
class Skips:
    """The policy for bad items of a source: raise at the first one, or collect them all.

    Attributes:
        allowed: True to continue after a bad item.
        items: The items skipped so far.
    """

    allowed: bool = False
    items: list[Skipped] = field(default_factory=list)

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Run the block that reads the item `name`, and record its `DataError` if skipping is allowed.

        Raises:
            DataError: The item is invalid and skipping is not allowed.
        """
        try:
            yield
        except DataError as error:
            if not self.allowed:
                raise
            self.items.append(Skipped(name, error.problem))


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """N labelled faces.

    Attributes:
        source: The name of the source, shown to people.
        classes: The names of the labels.
        images: (N, channels, size, size) uint8.
        labels: (N,) int64, indices into `classes`.
        names: (N,) text, all distinct: an image's path below its folder, or a row as ``fer2013.csv:17`` (line 17) or
            ``training-0.npz:17`` (index 17, from 0).
        usages: (N,) text, one of `fervid.data.dataset.SPLITS`, or empty if the source has no splits.
        subjects: (N,) text, the person shown; None if unknown.
        votes: (N, 10) uint8, the votes of FER+, all 0 for a face without votes; None if the source has none.
        rows: (N,) int64, the row in Kaggle's table, from 0; None if the source does not give it.
        published: The number of faces in the published private_test; None for other data.
        skipped: The items of the source that were skipped.
        detected: True if a detector found each face, which was then cropped as in a video.
    """

    source: str
    classes: tuple[str, ...]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: NDArray[np.str_]
    usages: NDArray[np.str_]
    subjects: NDArray[np.str_] | None = None
    votes: NDArray[np.uint8] | None = None
    rows: NDArray[np.int64] | None = None
    published: int | None = None
    skipped: tuple[Skipped, ...] = ()
    detected: bool = False

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Return the faces selected by `chosen`, (N,) bool or an array of indices."""
        arrays: dict[str, Any] = {
            name: value[chosen]
            for name in (entry.name for entry in dataclasses.fields(self))
            if isinstance(value := getattr(self, name), np.ndarray)
        }
        return dataclasses.replace(self, **arrays)

    def means(self) -> NDArray[np.float64]:
        """Return (N,) float64, the mean pixel value of each face, 0 (black) to 1 (white)."""
        means: NDArray[np.float64] = self.images.mean(axis=(1, 2, 3)) / 255
        return means
