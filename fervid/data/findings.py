"""The findings of an inspection of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FERPLUS
from fervid.data.faces import Faces

UNCLEAR: Final = "unclear"
"""The column for faces in which FER+'s annotators saw no emotion, or voted "unknown" or "not a face" more often."""


@dataclass(frozen=True, slots=True, eq=False)
class Brightness:
    """The box plot of the mean pixel values (0 to 1) of one class.

    Attributes:
        quartiles: The 25th, 50th and 75th percentile.
        whiskers: The smallest and the largest value that are not outliers.
        outliers: Indices of faces more than 1.5 interquartile ranges outside the quartiles (Tukey 1977), darkest first.
    """

    quartiles: tuple[float, float, float]
    whiskers: tuple[float, float]
    outliers: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Findings:
    """The result of `fervid.data.inspect.inspect`; indices refer to `faces`.

    Attributes:
        faces: The faces inspected.
        counts: The number of faces by split, then by class; only splits that exist.
        means: (N,) float64, the mean pixel value of each face, 0 to 1.
        brightness: The box plot of each class.
        duplicates: Groups of indices of copies and, where subjects are unknown, near-duplicates.
        copies: The number of faces whose pixels equal those of an earlier face of their group.
        agreement: (classes, 9) int64, counts by the data set's label (rows) and FER+'s (columns, the last one
            `UNCLEAR`); None without votes.
    """

    faces: Faces
    counts: dict[str, dict[str, int]]
    means: NDArray[np.float64]
    brightness: dict[str, Brightness]
    duplicates: tuple[tuple[int, ...], ...]
    copies: int
    agreement: NDArray[np.int64] | None

    @property
    def across(self) -> dict[str, int]:
        """The number of duplicate groups with faces in both splits, for each pair of splits."""
        splits = [{str(self.faces.usages[place]) for place in group} for group in self.duplicates]
        return {
            f"{one} and {other}": sum(one in group and other in group for group in splits)
            for one, other in combinations(self.counts, 2)
        }

    @property
    def conflicts(self) -> list[tuple[int, ...]]:
        """The duplicate groups whose faces have different labels."""
        return [group for group in self.duplicates if len({int(self.faces.labels[place]) for place in group}) > 1]

    @property
    def agreeing(self) -> float | None:
        """The share (0 to 1) of faces clear to FER+'s annotators whose two labels agree; None without votes."""
        if self.agreement is None:
            return None
        same = sum(
            int(self.agreement[at, FERPLUS.index(name)])
            for at, name in enumerate(self.faces.classes)
            if name in FERPLUS
        )
        return same / max(1, int(self.agreement[:, :-1].sum()))

    def document(self) -> dict[str, Any]:
        """Return all findings as a JSON document, with faces by their names."""
        faces = self.faces
        return {
            "source": faces.source,
            "faces": len(faces),
            "picture": {"channels": faces.images.shape[1], "size": faces.images.shape[2]},
            "classes": list(faces.classes),
            "counts": self.counts,
            "skipped": [{"face": item.name, "reason": item.reason} for item in faces.skipped],
            "brightness": {
                name: {
                    "quartiles": [round(value, 4) for value in box.quartiles],
                    "whiskers": [round(value, 4) for value in box.whiskers],
                    "outliers": [
                        {"face": str(faces.names[place]), "mean": round(float(self.means[place]), 4)}
                        for place in box.outliers
                    ],
                }
                for name, box in self.brightness.items()
            },
            "duplicates": {
                "groups": len(self.duplicates),
                "faces_too_many": sum(len(group) - 1 for group in self.duplicates),
                "copies": self.copies,
                "groups_across_splits": self.across,
                "groups_with_label_conflict": len(self.conflicts),
                "members": [self._members(group) for group in self.duplicates],
            },
            "ferplus": self._ferplus(),
        }

    def _members(self, group: Sequence[int]) -> list[dict[str, str]]:
        faces = self.faces
        return [
            {
                "face": str(faces.names[place]),
                "split": str(faces.usages[place]),
                "label": faces.classes[faces.labels[place]],
            }
            for place in group
        ]

    def _ferplus(self) -> dict[str, Any] | None:
        if self.agreement is None:
            return None
        columns = (*FERPLUS, UNCLEAR)
        return {
            "agreement": round(self.agreeing or 0.0, 4),
            "labels": {
                name: dict(zip(columns, row, strict=True))
                for name, row in zip(self.faces.classes, self.agreement.tolist(), strict=True)
            },
        }
