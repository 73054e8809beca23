"""Labelled faces as a source holds them: in its order, with its names, before they are divided for training."""

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
    """Something in a source that was left out.

    Attributes:
        name: Which picture or row, named as in `Faces.names`.
        reason: Why, in one line.
    """

    name: str
    reason: str


@dataclass(slots=True)
class Skips:
    """What becomes of the bad items of a source: an error at the first one, or a list of all.

    Attributes:
        allowed: Whether reading goes on after a bad item.
        items: Those left out so far.
    """

    allowed: bool = False
    items: list[Skipped] = field(default_factory=list)

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Read the item `name` in this block.

        Raises:
            DataError: Something in it is wrong, and that is not allowed.
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
        source: What they were read from, for people.
        classes: What the labels mean.
        images: (N, channels, size, size) uint8.
        labels: (N,) int64, places in `classes`.
        names: (N,) text, no two equal: a picture's path below its folder, or a row as ``fer2013.csv:17`` (line 17) or
            ``training-0.npz:17`` (place 17, from 0).
        usages: (N,) text, one of `fervid.data.dataset.SPLITS`, or empty where the source has no splits.
        subjects: (N,) text, who is seen, where that is known.
        votes: (N, 10) uint8, FER+'s, where the source has them; all 0 where a face has none.
        rows: (N,) int64, its row in Kaggle's table, from 0, where the source tells it; else its place.
        published: How many faces the published private_test has, where the source is a published one.
        skipped: What was left out of the source.
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

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Those that `chosen` picks out: (N,) bool, or places."""
        arrays: dict[str, Any] = {
            name: value[chosen]
            for name in (entry.name for entry in dataclasses.fields(self))
            if isinstance(value := getattr(self, name), np.ndarray)
        }
        return dataclasses.replace(self, **arrays)

    def means(self) -> NDArray[np.float64]:
        """(N,) mean pixel value of each face, 0 (black) to 1 (white)."""
        means: NDArray[np.float64] = self.images.mean(axis=(1, 2, 3)) / 255
        return means
