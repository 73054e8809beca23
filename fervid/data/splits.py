"""Division of faces into training, validation and test splits, as their source divides them or by a fixed rule.

A split that the source lacks is taken from its training faces, 15 % of them for each. Where subjects are known, no
person is in two splits; otherwise every class is divided in the same proportion. The order is that of a digest of the
names, so the same data is always divided alike and an added face moves few others.
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
from fervid.core.plurals import counted
from fervid.data import fer2013, ferplus
from fervid.data.dataset import LABELS, NONE, PRIVATE_TEST, PUBLIC_TEST, TRAINING, DataSet, Split
from fervid.data.faces import Faces
from fervid.errors import DataError, UsageError

_PART: Final = 0.15

_log = logging.getLogger(__name__)


def divide(faces: Faces, labels: str = LABELS[0], auxiliary: str = NONE) -> DataSet:
    """Return a data set to train with.

    Args:
        faces: All faces, with or without splits.
        labels: One of `LABELS`.
        auxiliary: The labels of an auxiliary head, one of `fervid.data.dataset.AUXILIARY_LABELS`.

    Raises:
        UsageError: `labels` or `auxiliary` is unknown.
        DataError: A split has no face, there are no votes for FER+ labels, or there are too few subjects to divide.
    """
    _check(faces, labels)
    if auxiliary == NONE:
        return _published(_data_set(complete(faces), labels), faces)
    _check(faces, auxiliary)
    main, second = _joined(complete(faces), labels, auxiliary)
    return dataclasses.replace(_published(main, faces), auxiliary=_published(second, faces))


def _published(data: DataSet, faces: Faces) -> DataSet:
    """Return `data` with the number of published test faces, after checking that no split is empty."""
    for split in (data.training, data.public_test, data.private_test):
        if not split.labelled:
            raise DataError(f"{faces.source} has no face in the split {split.usage}", "use the complete data set")
    # The published number applies to the published test set, not to one that was divided here.
    published = faces.published if PRIVATE_TEST in faces.usages else None
    return dataclasses.replace(data, private_rows=published or len(data.private_test))


def undivided(faces: Faces, labels: str = LABELS[0]) -> DataSet:
    """Return a data set with all faces in `private_test`, to evaluate an engine that was trained on none of them.

    Raises:
        UsageError: `labels` is unknown.
        DataError: There are no votes for FER+ labels.
    """
    _check(faces, labels)
    return _data_set(dataclasses.replace(faces, usages=np.full(len(faces), PRIVATE_TEST)), labels)


def held_out(faces: Faces, usage: str, labels: str = LABELS[0]) -> DataSet:
    """Return a data set to evaluate on the faces of one split; the other splits may have none.

    Args:
        faces: All faces, with or without splits.
        usage: The split. If the source has none of its faces, it is taken from the training faces as for a training.
        labels: One of `LABELS`.

    Raises:
        UsageError: `labels` is unknown.
        DataError: There are no votes for FER+ labels, or there are too few subjects to divide.
    """
    _check(faces, labels)
    data = _data_set(faces if usage in faces.usages else complete(faces), labels)
    # A test split without a training split is no longer the published data set.
    is_whole = {TRAINING, PRIVATE_TEST} <= set(faces.usages.tolist())
    published = faces.published if is_whole else None
    return dataclasses.replace(data, private_rows=published or len(data.private_test))


def is_divisible(faces: Faces) -> bool:
    """Return True if both test splits can be taken from `faces`, of which the source assigns none to a split."""
    units = len(np.unique(faces.subjects)) if faces.subjects is not None else int(np.bincount(faces.labels).max())
    return units > 2


def complete(faces: Faces) -> Faces:
    """Return `faces` with a split for each: the source's own, and missing splits taken from the training faces.

    Raises:
        DataError: There are too few subjects to divide.
    """
    usages = faces.usages.astype("<U16")
    usages[usages == ""] = TRAINING
    missing = [usage for usage in (PRIVATE_TEST, PUBLIC_TEST) if usage not in usages]
    if not missing:
        return faces
    free = np.flatnonzero(usages == TRAINING)
    if not len(free):
        return faces
    how = "subject" if faces.subjects is not None else "class"
    _log.info("%s has no %s: 15 %% of the faces are set aside for each, by %s", faces.source, " or ".join(missing), how)
    if faces.subjects is None:
        groups = [free[faces.labels[free] == label] for label in range(len(faces.classes))]
        for group in groups:
            _cut(usages, missing, [np.array([place]) for place in _shuffled(group, faces.names)])
    else:
        people = np.unique(faces.subjects[free])
        if len(people) <= len(missing):
            subjects = counted(len(people), "subject")
            raise DataError(f"{faces.source} has only {subjects}, too few for {len(missing) + 1} splits", "add more")
        order = _shuffled(np.arange(len(people)), people)
        _cut(usages, missing, [free[faces.subjects[free] == people[place]] for place in order])
    return dataclasses.replace(faces, usages=usages)


def _cut(usages: NDArray[np.str_], missing: Sequence[str], units: Sequence[NDArray[np.intp]]) -> None:
    """Assign units, in their order, to each missing split; all stay in training if there are too few."""
    if len(units) <= len(missing):
        return
    wanted = round(_PART * sum(map(len, units)))
    left = list(units)
    for place, usage in enumerate(missing):
        # Leave at least one unit for training and for each split that follows.
        taken = _fitting(left, wanted, len(left) - (len(missing) - place))
        for number in taken:
            usages[left[number]] = usage
        left = [unit for number, unit in enumerate(left) if number not in taken]


def _fitting(units: Sequence[NDArray[np.intp]], wanted: int, most: int) -> set[int]:
    """Return the indices of at most `most` units with `wanted` faces or fewer in all; at least the smallest unit."""
    chosen: set[int] = set()
    size = 0
    for place, unit in enumerate(units):
        if len(chosen) < most and size + len(unit) <= wanted:
            chosen.add(place)
            size += len(unit)
    return chosen or {min(range(len(units)), key=lambda place: len(units[place]))}


def _shuffled(places: NDArray[np.intp], names: NDArray[np.str_]) -> list[int]:
    """Return `places` ordered by the digests of their names."""
    return sorted(places.tolist(), key=lambda place: hashlib.sha256(str(names[place]).encode()).digest())


def _check(faces: Faces, labels: str) -> None:
    if labels not in LABELS:
        raise UsageError(f"unknown labels {labels!r}", f"choose one of {', '.join(LABELS)}")
    if labels != LABELS[0] and faces.votes is None:
        raise DataError(
            f"the labels '{labels}' need FER+'s votes, which {faces.source} does not have",
            "put fer2013new.csv beside fer2013.csv, or use the labels 'class'",
        )


def _data_set(faces: Faces, labels: str) -> DataSet:
    """Return the faces grouped by the split that each names."""
    splits = [_split(faces, usage, labels) for usage in (TRAINING, PUBLIC_TEST, PRIVATE_TEST)]
    return DataSet(
        name="FER+" if labels != LABELS[0] and faces.source == fer2013.NAME else faces.source,
        classes=faces.classes if labels == LABELS[0] else FERPLUS,
        training=splits[0],
        public_test=splits[1],
        private_test=splits[2],
        private_rows=len(splits[2]),
        skipped=faces.skipped,
        detected=faces.detected,
    )


def _split(faces: Faces, usage: str, labels: str) -> Split:
    split = _labelled(faces.take(faces.usages == usage), usage, labels)
    return split if split.known is None else dataclasses.replace(split.take(split.known), known=None)


def _joined(faces: Faces, labels: str, auxiliary: str) -> tuple[DataSet, DataSet]:
    """Return two data sets with different labels whose training faces are the same: those that have either label."""
    own = faces.take(faces.usages == TRAINING)
    pair = _labelled(own, TRAINING, labels), _labelled(own, TRAINING, auxiliary)
    every = np.ones(len(own), np.bool_)
    either = np.logical_or(*(every if split.known is None else split.known for split in pair))
    main, second = (
        dataclasses.replace(_data_set(faces, kind), training=split.take(either))
        for kind, split in zip((labels, auxiliary), pair, strict=True)
    )
    return main, second


def _labelled(own: Faces, usage: str, labels: str) -> Split:
    """Return the faces of one split, those without a usable label included."""
    if labels == LABELS[0] or own.votes is None:
        return Split(usage, own.images, own.labels, names=own.names)
    seen = ferplus.opinion(own.votes)
    return Split(
        usage,
        own.images,
        seen.labels,
        targets=seen.targets if labels == "distribution" else None,
        agreed=seen.agreed,
        known=seen.clear if usage == TRAINING else seen.judged,
        names=own.names,
    )
