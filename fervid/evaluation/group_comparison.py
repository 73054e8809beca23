"""Computing the comparison of groups of faces, with intervals of 95 %.

Where the people shown are known, the bootstrap (Efron 1979) draws people, because faces of one person resemble each
other; otherwise it draws faces. It draws from all groups together, so that groups which share people stay paired.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fervid.evaluation import RESAMPLES, SMALLEST_GROUP
from fervid.evaluation.calibration import BINS, bin_indices
from fervid.evaluation.fairness import ACCURACY, CALIBRATION, Comparison, Estimate, Gap, GroupScore, group_names

SMALLEST_PEOPLE: Final = 10
"""Number of people below which a group is too small to judge: intervals from fewer would be too narrow."""

_ACCURACY: Final = 0
_CALIBRATION: Final = 1
_RECALLS: Final = 2
"""Places of the measures; a recall of each class follows."""

_SEED: Final = 1
_DRAWN: Final = 1 << 22
"""Number of people or faces that are drawn at once, which limits the memory."""

_NO_VARIANCE: Final = 1e-12
"""Largest variance of resamples that differ by rounding alone."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """One group with faces of U people, or of U faces where people are unknown.

    Attributes:
        name: Name of the group.
        units: (U,) indices of its people or faces among all.
        totals: (U, 2 + `BINS` + 2 x classes) for each of them: number of faces, number of correct faces, confidence
            minus correctness in each bin of confidence, number of faces of each class, and correct ones of each class.
    """

    name: str
    units: NDArray[np.intp]
    totals: Floats


def compare_groups(
    column: str,
    groups: NDArray[np.str_],
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    class_indices: Sequence[int],
    *,
    people: NDArray[np.str_] | None = None,
    resamples: int = RESAMPLES,
    smallest: int = SMALLEST_GROUP,
) -> Comparison:
    """Compare the predictions for each group with the labels.

    Args:
        column: Name of the column that `groups` comes from.
        groups: (N,) the group of each face; empty for a face of no group, which is left out and counted.
        probabilities: (N, classes); each row sums to 1.
        labels: (N,) indices into `classes`.
        classes: Names of the classes.
        class_indices: Indices of the classes that a label can have, in ascending order.
        people: (N,) the person whom each face shows; None if unknown.
        resamples: Number of resamples of the bootstrap.
        smallest: Number of faces below which a group, or a class in it, is too small to judge.

    Raises:
        DataError: No face has a group, or there are too many groups.
    """
    grouped = groups != ""
    names = group_names(column, groups)
    people = None if people is None else people[grouped]
    units = np.arange(int(grouped.sum())) if people is None else np.unique(people, return_inverse=True)[1]
    features = _features(probabilities[grouped], labels[grouped], class_indices)
    parts = [_group(name, groups[grouped] == name, units, features) for name in names]
    values = np.array([_measures(part.totals.sum(0, keepdims=True))[0] for part in parts])
    drawn = np.concatenate(list(_resampled(parts, int(units.max()) + 1, resamples)))
    # A resample without a single face of a class says nothing about its recall.
    drawn = np.where(np.isnan(drawn), values, drawn)
    # Accuracy and calibration error are those of all faces of the group, which are column 0 of the totals.
    columns = [0, 0, *range(2 + BINS, 2 + BINS + len(class_indices))]
    faces = np.array([part.totals.sum(0)[columns] for part in parts]).astype(int)
    number = np.array([(part.totals[:, columns] > 0).sum(0) for part in parts])
    judged = (faces >= smallest) & (people is None or number >= SMALLEST_PEOPLE)
    judged &= judged[:, :1]
    shown = tuple(classes[index] for index in class_indices)
    return Comparison(
        column=column,
        classes=shown,
        groups=tuple(
            _score(part.name, faces[at], number[at], people is not None, values[at], drawn[:, at], judged[at])
            for at, part in enumerate(parts)
        ),
        gaps=tuple(_gaps(shown, names, number, people is not None, values, drawn, judged)),
        ungrouped=int((~grouped).sum()),
        smallest=smallest,
        resamples=resamples,
    )


def wilson_interval(share: float, faces: float, people: int | None = None) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a share, 0 to 1 (Wilson 1927).

    Args:
        share: The share, 0 to 1.
        faces: Number of faces, or the effective number if faces of one person resemble each other.
        people: Number of people, whose spread is itself estimated; None for independent faces.
    """
    quantile = _quantile(people)
    square = quantile**2 / faces
    centre = (share + square / 2) / (1 + square)
    half = quantile * (share * (1 - share) / faces + square / (4 * faces)) ** 0.5 / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)


def _quantile(people: int | None) -> float:
    """Return half the width of a 95 % interval in standard errors, which are themselves estimated from few people."""
    return float(stats.norm.ppf(0.975) if people is None else stats.t.ppf(0.975, max(1, people - 1)))


def _features(probabilities: NDArray[np.float32], labels: NDArray[np.int64], class_indices: Sequence[int]) -> Floats:
    """Return what each face adds to the totals of `_Group`."""
    confidence = probabilities.max(1).astype(np.float64)
    correct = (probabilities.argmax(1) == labels).astype(np.float64)
    in_bin = (bin_indices(confidence)[:, None] == np.arange(BINS)) * (confidence - correct)[:, None]
    of_class = (labels[:, None] == np.array(class_indices)).astype(np.float64)
    return np.concatenate(
        [np.ones((len(labels), 1)), correct[:, None], in_bin, of_class, of_class * correct[:, None]], axis=1
    )


def _group(name: str, chosen: NDArray[np.bool_], units: NDArray[np.intp], features: Floats) -> _Group:
    present, inverse = np.unique(units[chosen], return_inverse=True)
    totals = np.zeros((len(present), features.shape[1]))
    np.add.at(totals, inverse, features[chosen])
    return _Group(name, present, totals)


def _measures(totals: Floats) -> Floats:
    """Return (R, 2 + classes): accuracy, calibration error and recalls, from (R, ...) sums of totals."""
    faces, correct, bins = totals[:, 0], totals[:, 1], totals[:, 2 : 2 + BINS]
    of_class, right = np.split(totals[:, 2 + BINS :], 2, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.column_stack([correct / faces, np.abs(bins).sum(1) / faces, right / of_class])


def _resampled(groups: Sequence[_Group], units: int, resamples: int) -> Iterator[Floats]:
    """Yield the measures of each group in resamples, (R, groups, measures), a part of the resamples at a time."""
    random = np.random.default_rng(_SEED)
    at_once = max(1, _DRAWN // units)
    for start in range(0, resamples, at_once):
        rows = min(at_once, resamples - start)
        drawn = random.integers(0, units, (rows, units)) + np.arange(rows)[:, None] * units
        times = np.bincount(drawn.ravel(), minlength=rows * units).reshape(rows, units).astype(np.float64)
        yield np.stack([_measures(times[:, group.units] @ group.totals) for group in groups], axis=1)


def _score(
    name: str,
    faces: NDArray[np.int64],
    units: NDArray[np.int64],
    knows_people: bool,
    values: Floats,
    drawn: Floats,
    judged: NDArray[np.bool_],
) -> GroupScore:
    """Return the metrics of a group from its (measures,) values and their (R, measures) resamples.

    Args:
        name: Name of the group.
        faces: (measures,) number of faces behind each value.
        units: (measures,) number of their people, or of faces where people are unknown.
        knows_people: True if people are known.
        values: (measures,) values.
        drawn: (R, measures) values in resamples.
        judged: (measures,) True if there are enough faces and people.
    """
    shares = [
        _share(values[place], int(faces[place]), int(units[place]) if knows_people else None, drawn[:, place])
        if judged[place]
        else None
        for place in range(len(values))
    ]
    calibration = values[_CALIBRATION]
    # The calibration error of few faces is too high by chance, and in a resample once more by as much: the reflected
    # interval (Davison and Hinkley 1997, section 5.2) takes that off.
    low, high = np.clip(2 * calibration - np.percentile(drawn[:, _CALIBRATION], (97.5, 2.5)), 0, 1)
    return GroupScore(
        name=name,
        faces=int(faces[_ACCURACY]),
        people=int(units[_ACCURACY]) if knows_people else None,
        support=tuple(faces[_RECALLS:].tolist()),
        accuracy=shares[_ACCURACY],
        calibration_error=Estimate(float(calibration), float(low), float(high)) if judged[_CALIBRATION] else None,
        recalls=tuple(shares[_RECALLS:]),
    )


def _share(value: float, faces: int, people: int | None, drawn: Floats) -> Estimate:
    """Return a share of faces with Wilson's interval.

    Where people are known, the number of faces is the effective one: that of independent faces whose share would vary
    as much as it does between resamples of people (Franco et al. 2019, who compare such intervals).
    """
    effective = float(faces)
    if people is not None:
        variance = float(drawn.var())
        # All right or all wrong: then nothing is known but the number of people.
        effective = min(faces, value * (1 - value) / variance) if variance > 0 else min(faces, people)
    return Estimate(float(value), *wilson_interval(float(value), effective, people))


def _gaps(
    classes: Sequence[str],
    groups: Sequence[str],
    units: NDArray[np.int64],
    knows_people: bool,
    values: Floats,
    drawn: Floats,
    judged: NDArray[np.bool_],
) -> Iterator[Gap]:
    """Yield the largest gap of each measure that two groups at least have; the arguments are those of `_score`."""
    for place, name in enumerate([ACCURACY, CALIBRATION, *(f"recall of {name}" for name in classes)]):
        chosen = np.flatnonzero(judged[:, place])
        if len(chosen) > 1:
            names, number = [groups[index] for index in chosen.tolist()], units[chosen, place]
            yield _gap(name, names, number, knows_people, values[chosen, place], drawn[:, chosen, place])


def _gap(
    measure: str,
    groups: Sequence[str],
    units: NDArray[np.int64],
    knows_people: bool,
    values: Floats,
    drawn: Floats,
) -> Gap:
    """Return the largest gap between (groups,) values, from their (R, groups) resamples.

    The interval is the simultaneous one of all pairs: as wide, in standard errors, as the largest deviation of any
    pair in 95 % of the resamples. So it also holds for a pair that is chosen because its gap is the largest.
    """
    # Resamples of a share of 0 or 1 never differ; the rule of three (Hanley and Lippman-Hand 1983) says how far from it
    # the true share may be: 3 / N, which is two standard errors of 1.5 / N.
    floors = (1.5 / units) ** 2
    is_extreme = (values <= 0) | (values >= 1)
    lowest, highest = int(values.argmin()), int(values.argmax())
    if lowest == highest:  # all values are equal
        lowest, highest = 0, 1
    largest, error_of_gap = np.zeros(len(drawn)), 0.0
    for one, other in combinations(range(len(groups)), 2):
        difference = drawn[:, one] - drawn[:, other]
        pair = [one, other]
        variance = max(float(difference.var()), float((floors * is_extreme)[pair].max()))
        error = (variance if variance > _NO_VARIANCE else float(floors[pair].max())) ** 0.5
        largest = np.maximum(largest, np.abs(difference - difference.mean()) / error)
        if {one, other} == {lowest, highest}:
            error_of_gap = error
    gap = float(values[highest] - values[lowest])
    # Resamples have twice the bias of the values, which matters for calibration errors of groups of unequal sizes.
    centre = 2 * gap - float((drawn[:, highest] - drawn[:, lowest]).mean())
    width = max(float(np.percentile(largest, 95)), _quantile(None))
    half = width * error_of_gap * (_quantile(int(units.min())) / _quantile(None) if knows_people else 1)
    return Gap(
        measure=measure,
        lowest=groups[lowest],
        highest=groups[highest],
        values=(float(values[lowest]), float(values[highest])),
        difference=Estimate(gap, max(-1.0, centre - half), min(1.0, centre + half)),
    )
