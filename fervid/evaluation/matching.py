"""The faces that an engine can be judged by: of which split, and with which labels, as it may know other classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fervid.data.dataset import SPLITS, DataSet, Split
from fervid.errors import DataError
from fervid.evaluation import ALL, USAGES


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """The faces whose labels an engine knows.

    Attributes:
        images: (N, channels, size, size) uint8; N at least 1.
        labels: (N,) int64, places in the engine's classes.
        agreed: (N,) bool, where several people named each face: whether more than half of them gave the label.
        places: Those of the engine's classes that a label can have, in ascending order.
        left_out: How many faces were left out, by the class of their label.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    agreed: NDArray[np.bool_] | None
    places: tuple[int, ...]
    left_out: Mapping[str, int]


def match(split: Split, labelled: Sequence[str], known: Sequence[str], leave_out: Sequence[str] = ()) -> Match:
    """Find the faces that an engine can be judged by; classes are the same where their names are.

    Args:
        split: The faces.
        labelled: What their labels mean.
        known: The engine's classes.
        leave_out: Classes not to judge by although both know them.

    Raises:
        DataError: There is no such face.
    """
    shared = [name for name in labelled if name in known and name not in leave_out]
    if not shared:
        raise DataError(
            f"the data's classes ({', '.join(labelled)}) and the engine's ({', '.join(known)}) have none in common"
            + (f" but {', '.join(leave_out)}, left out" if leave_out else ""),
            "give data whose classes the engine knows",
        )
    chosen = np.isin(split.labels, [labelled.index(name) for name in shared])
    if not chosen.any():
        raise DataError(
            f"{split.usage} has no face of {', '.join(shared)}", "choose another split, or give data with such faces"
        )
    counts = np.bincount(split.labels[~chosen], minlength=len(labelled))
    # What stands for a class that the engine does not know is never used: no chosen face bears it.
    translation = np.array([known.index(name) if name in shared else -1 for name in labelled], np.int64)
    return Match(
        images=split.images[chosen],
        labels=translation[split.labels[chosen]],
        agreed=None if split.agreed is None else split.agreed[chosen],
        places=tuple(sorted(known.index(name) for name in shared)),
        left_out={name: int(count) for name, count in zip(labelled, counts, strict=True) if count},
    )


def faces_of(data: DataSet, usage: str) -> Split:
    """The faces of one of `USAGES`.

    Raises:
        DataError: There are none.
    """
    parts = [getattr(data, name) for name in (SPLITS if usage == ALL else [usage])]
    agreed = [part.agreed for part in parts]
    split = Split(
        usage,
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        agreed=None if any(told is None for told in agreed) else np.concatenate(agreed),
    )
    if not len(split):
        raise DataError(f"{data.name} has no face in {usage}", f"choose another split of {', '.join(USAGES)}")
    return split
