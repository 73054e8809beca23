"""The faces that an engine can be evaluated on, whose labels may come from other classes than the engine's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fervid.data.dataset import PRIVATE_TEST, SPLITS, DataSet, Split
from fervid.data.faces import Faces
from fervid.data.splits import held_out, is_divisible, undivided
from fervid.errors import DataError
from fervid.evaluation import ALL, USAGES


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """The faces whose labels are among the classes of an engine.

    Attributes:
        images: (N, channels, size, size) uint8; N at least 1.
        labels: (N,) int64 indices into the engine's classes.
        agreed: (N,) bool, True if more than half of the annotators gave the label; None if their votes are not
            recorded.
        names: (N,) text, the names of the faces in their source; None if they are not recorded.
        class_indices: Indices of the engine's classes that a label can have, in ascending order.
        left_out: Number of faces that were left out, by the class of their label.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    agreed: NDArray[np.bool_] | None
    names: NDArray[np.str_] | None
    class_indices: tuple[int, ...]
    left_out: Mapping[str, int]


def match_classes(
    split: Split, data_classes: Sequence[str], engine_classes: Sequence[str], leave_out: Sequence[str] = ()
) -> Match:
    """Return the faces that an engine can be evaluated on; classes are matched by their names.

    Args:
        split: Labelled faces.
        data_classes: Classes that the labels of the split are indices into.
        engine_classes: Classes of the engine.
        leave_out: Classes to leave out although both have them.

    Raises:
        DataError: There is no such face.
    """
    shared = [name for name in data_classes if name in engine_classes and name not in leave_out]
    if not shared:
        raise DataError(
            f"the classes of the data ({', '.join(data_classes)}) and of the engine ({', '.join(engine_classes)}) have "
            "none in common" + (f", apart from {', '.join(leave_out)} (left out)" if leave_out else ""),
            "give data with classes of the engine",
        )
    chosen = np.isin(split.labels, [data_classes.index(name) for name in shared])
    if not chosen.any():
        raise DataError(
            f"{split.usage} has no face of {', '.join(shared)}", "choose another split, or give data with such faces"
        )
    counts = np.bincount(split.labels[~chosen], minlength=len(data_classes))
    # The index -1 of a class that is not shared is never used, because no chosen face has that label.
    translation = np.array([engine_classes.index(name) if name in shared else -1 for name in data_classes], np.int64)
    return Match(
        images=split.images[chosen],
        labels=translation[split.labels[chosen]],
        agreed=None if split.agreed is None else split.agreed[chosen],
        names=None if split.names is None else split.names[chosen],
        class_indices=tuple(sorted(engine_classes.index(name) for name in shared)),
        left_out={name: int(count) for name, count in zip(data_classes, counts, strict=True) if count},
    )


def choose_split(faces: Faces, usage: str | None, labels: str) -> tuple[DataSet, str]:
    """Return the data set to evaluate on, and the faces of it that are evaluated.

    Args:
        faces: All faces, with or without splits.
        usage: One of `fervid.evaluation.USAGES`; None for `private_test`, or for all if the source has no splits and
            too few faces to set some aside.
        labels: One of `fervid.data.dataset.LABELS`.

    Returns:
        The data set, and one of `fervid.evaluation.USAGES`.

    Raises:
        DataError: There are no votes for FER+ labels, or too few subjects to divide.
        UsageError: `labels` is unknown.
    """
    is_divided = bool((faces.usages != "").any())
    if usage is None:
        usage = PRIVATE_TEST if is_divided or is_divisible(faces) else ALL
    if usage == ALL:
        return undivided(faces, labels), usage
    return held_out(faces, usage, labels), usage


def select_faces(data: DataSet, usage: str) -> Split:
    """Return the faces of `data` for one of `fervid.evaluation.USAGES`.

    Raises:
        DataError: There are none.
    """
    parts = [getattr(data, name) for name in (SPLITS if usage == ALL else [usage])]
    agreed, names = [part.agreed for part in parts], [part.names for part in parts]
    split = Split(
        usage,
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        agreed=None if any(part is None for part in agreed) else np.concatenate(agreed),
        names=None if any(part is None for part in names) else np.concatenate(names),
    )
    if not len(split):
        filled = [name for name in USAGES if name != ALL and len(getattr(data, name))]
        raise DataError(f"{data.name} has no face in {usage}", f"choose --split {' or '.join([*filled, ALL])}")
    return split
