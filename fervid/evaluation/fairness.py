"""The comparison of groups of faces: the metrics of each group, and the largest gaps between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.errors import DataError

ACCURACY: Final = "accuracy"
CALIBRATION: Final = "calibration error"
"""Names of measures in gaps, beside the recall of each class."""

MOST_GROUPS: Final = 50
"""Largest number of groups in a column; a column with more holds numbers or names instead of groups."""

_DIGITS: Final = 6


def group_names(column: str, groups: NDArray[np.str_]) -> list[str]:
    """Return the names of the groups in a column, in alphabetical order.

    Args:
        column: Name of the column.
        groups: (N,) the group of each face; empty for a face of no group.

    Raises:
        DataError: No face has a group, or there are more than `MOST_GROUPS` groups.
    """
    names: list[str] = np.unique(groups[groups != ""]).tolist()
    if not names:
        raise DataError(
            f"the column '{column}' is empty for all faces", "fill it in, or choose another column or --split"
        )
    if len(names) > MOST_GROUPS:
        raise DataError(
            f"the column '{column}' divides the faces into {len(names)} groups",
            f"use at most {MOST_GROUPS}, such as 18-29 instead of an age in years",
        )
    return names


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval.

    Attributes:
        value: The figure.
        low: Lower end of the interval.
        high: Upper end of the interval.
    """

    value: float
    low: float
    high: float

    def document(self) -> dict[str, Any]:
        """Return the figure and its interval, ready for JSON."""
        return {"value": round(self.value, _DIGITS), "interval": [round(self.low, _DIGITS), round(self.high, _DIGITS)]}


@dataclass(frozen=True, slots=True)
class GroupScore:
    """The metrics of one group.

    Attributes:
        name: Name of the group.
        faces: Number of its faces.
        people: Number of people whom they show; None if unknown.
        support: Number of its faces of each class, in the order of `Comparison.classes`.
        accuracy: Its accuracy; None if the group is too small to judge.
        calibration_error: Its calibration error; None if the group is too small to judge.
        recalls: Its recall of each class; None for a class of which it has too few faces.
    """

    name: str
    faces: int
    people: int | None
    support: tuple[int, ...]
    accuracy: Estimate | None
    calibration_error: Estimate | None
    recalls: tuple[Estimate | None, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """The largest difference between two groups in one measure.

    Attributes:
        measure: Name of the measure.
        lowest: Name of the group with the lowest value.
        highest: Name of the group with the highest value.
        values: The lowest and the highest value.
        difference: Their difference. The interval accounts for the choice of the largest among all pairs.
    """

    measure: str
    lowest: str
    highest: str
    values: tuple[float, float]
    difference: Estimate

    @property
    def is_clear(self) -> bool:
        """True if the interval excludes a difference of 0."""
        return self.difference.low > 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of the groups of one column.

    Attributes:
        column: Name of the column.
        classes: Names of the classes that a label can have.
        groups: Metrics of each group, in the order of their names.
        gaps: Largest gap in accuracy, in calibration error, and in the recall of each class; only measures that two
            groups at least have.
        ungrouped: Number of faces that belong to no group.
        smallest: Number of faces below which a group, or a class in it, is too small to judge.
        resamples: Number of resamples of the bootstrap.
    """

    column: str
    classes: tuple[str, ...]
    groups: tuple[GroupScore, ...]
    gaps: tuple[Gap, ...]
    ungrouped: int
    smallest: int
    resamples: int

    @property
    def judged(self) -> tuple[GroupScore, ...]:
        """The groups that are large enough to judge."""
        return tuple(group for group in self.groups if group.accuracy is not None)

    @property
    def too_small(self) -> tuple[GroupScore, ...]:
        """The groups that are too small to judge."""
        return tuple(group for group in self.groups if group.accuracy is None)

    @property
    def by_person(self) -> bool:
        """True if the people shown are known."""
        return self.groups[0].people is not None

    def document(self) -> dict[str, Any]:
        """Return the comparison, ready for JSON."""
        return {
            "groups": {group.name: self._group(group) for group in self.groups},
            "gaps": {
                gap.measure: {
                    "lowest": gap.lowest,
                    "highest": gap.highest,
                    "values": [round(value, _DIGITS) for value in gap.values],
                    "difference": gap.difference.document(),
                }
                for gap in self.gaps
            },
            "ungrouped": self.ungrouped,
            "smallest": self.smallest,
            "by_person": self.by_person,
            "resamples": self.resamples,
        }

    def _group(self, group: GroupScore) -> dict[str, Any]:
        def known(estimate: Estimate | None) -> dict[str, Any] | None:
            return None if estimate is None else estimate.document()

        scores = zip(self.classes, group.support, group.recalls, strict=True)
        return {
            "faces": group.faces,
            **({} if group.people is None else {"people": group.people}),
            "accuracy": known(group.accuracy),
            "calibration_error": known(group.calibration_error),
            "classes": {name: {"faces": support, "recall": known(recall)} for name, support, recall in scores},
        }
