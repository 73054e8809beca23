"""Divides faces for training: as their source does, and by a rule where it does not.

Where a source lacks a split, it is cut from the faces that are not for testing: 15 % of them each. People who are known
are never in two splits; without them, every class is divided alike. What decides is a digest of the name, so the same
data is always divided in the same way, and a face that is added moves few others.
"""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FERPLUS
from fervid.data import ferplus
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING, DataSet, Split
from fervid.data.faces import Faces
from fervid.errors import DataError, UsageError

LABELS: Final = ("class", "majority", "distribution")
"""The data set's own label; the emotion that most FER+ taggers saw; or their votes to learn from."""

_PART: Final = 0.15

_log = logging.getLogger(__name__)


def divide(faces: Faces, labels: str = "class") -> DataSet:
    """Make a data set to train with.

    Args:
        faces: What there is.
        labels: One of `LABELS`.

    Raises:
        UsageError: `labels` is unknown.
        DataError: A split has no face, there are no votes for FER+ labels, or there are too few people to divide.
    """
    _check(faces, labels)
    data = _data_set(complete(faces), labels)
    for split in (data.training, data.public_test, data.private_test):
        if not len(split):
            raise DataError(f"{faces.source} has no face for {split.usage}", "get the whole data set")
    # The published number holds for the published test set, not for one that was cut here.
    published = faces.published if PRIVATE_TEST in faces.usages else None
    return dataclasses.replace(data, private_rows=published or len(data.private_test))


def undivided(faces: Faces, labels: str = "class") -> DataSet:
    """Make a data set whose `private_test` is all there is, to judge an engine that learned from none of it.

    Raises:
        UsageError: `labels` is unknown.
        DataError: There are no votes for FER+ labels.
    """
    _check(faces, labels)
    return _data_set(dataclasses.replace(faces, usages=np.full(len(faces), PRIVATE_TEST)), labels)


def complete(faces: Faces) -> Faces:
    """`faces` with a usage for each: their own where the source has splits, and what is missing cut from the rest.

    Raises:
        DataError: There are fewer than three people to divide.
    """
    usages = faces.usages.astype("<U16")
    usages[usages == ""] = TRAINING
    missing = [usage for usage in (PRIVATE_TEST, PUBLIC_TEST) if usage not in usages]
    if not missing:
        return faces
    free = np.flatnonzero(usages == TRAINING)
    how = "people" if faces.subjects is not None else "classes"
    _log.info("%s has no %s: 15 %% each are set aside, by %s", faces.source, " and no ".join(missing), how)
    if faces.subjects is None:
        groups = [free[faces.labels[free] == label] for label in range(len(faces.classes))]
        for group in groups:
            _cut(usages, missing, [np.array([place]) for place in _shuffled(group, faces.names)])
    else:
        people = np.unique(faces.subjects[free])
        if len(people) <= len(missing):
            raise DataError(f"{faces.source} shows too few people to divide ({len(people)})", "give more")
        order = _shuffled(np.arange(len(people)), people)
        _cut(usages, missing, [free[faces.subjects[free] == people[place]] for place in order])
    return dataclasses.replace(faces, usages=usages)


def _cut(usages: NDArray[np.str_], missing: Sequence[str], units: Sequence[NDArray[np.intp]]) -> None:
    """Give units, in their order, to each missing split; too few of them all stay where they are."""
    if len(units) <= len(missing):
        return
    wanted = round(_PART * sum(map(len, units)))
    left = list(units)
    for place, usage in enumerate(missing):
        # Every split that comes after this one, and training, must get a unit too.
        taken = _fitting(left, wanted, len(left) - (len(missing) - place))
        for number in taken:
            usages[left[number]] = usage
        left = [unit for number, unit in enumerate(left) if number not in taken]


def _fitting(units: Sequence[NDArray[np.intp]], wanted: int, most: int) -> set[int]:
    """The places of at most so many units that together have as many faces as wanted; or that of the smallest."""
    chosen: set[int] = set()
    size = 0
    for place, unit in enumerate(units):
        if len(chosen) < most and size + len(unit) <= wanted:
            chosen.add(place)
            size += len(unit)
    return chosen or {min(range(len(units)), key=lambda place: len(units[place]))}


def _shuffled(places: NDArray[np.intp], names: NDArray[np.str_]) -> list[int]:
    """`places` in the order of their names' digests."""
    return sorted(places.tolist(), key=lambda place: hashlib.sha256(str(names[place]).encode()).digest())


def _check(faces: Faces, labels: str) -> None:
    if labels not in LABELS:
        raise UsageError(f"labels {labels!r} are unknown", f"choose one of {', '.join(LABELS)}")
    if labels != "class" and faces.votes is None:
        raise DataError(
            f"{faces.source} has no FER+ votes for the labels {labels}",
            "put fer2013new.csv beside fer2013.csv, or use the labels class",
        )


def _data_set(faces: Faces, labels: str) -> DataSet:
    """The faces in the splits that they name."""
    splits = [_split(faces, usage, labels) for usage in (TRAINING, PUBLIC_TEST, PRIVATE_TEST)]
    return DataSet(
        name=faces.source if labels == "class" else "FER+",
        classes=faces.classes if labels == "class" else FERPLUS,
        training=splits[0],
        public_test=splits[1],
        private_test=splits[2],
        private_rows=len(splits[2]),
        skipped=faces.skipped,
    )


def _split(faces: Faces, usage: str, labels: str) -> Split:
    own = faces.take(faces.usages == usage)
    if labels == "class" or own.votes is None:
        return Split(usage, own.images, own.labels)
    seen = ferplus.opinion(own.votes)
    kept = seen.clear if usage == TRAINING else seen.judged
    targets = seen.targets[kept] if labels == "distribution" else None
    return Split(usage, own.images[kept], seen.labels[kept], targets, seen.agreed[kept])
