"""Selection of faces that are not worth training on: too dark, too bright, duplicated, or not a face."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.data import ferplus
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fervid.data.drops import Drop
from fervid.data.duplicates import groups
from fervid.data.faces import Faces, Skipped
from fervid.data.pictures import NO_FACE

DARKEST: Final = 0.1
"""The smallest mean pixel value that is kept, 0 to 1."""

BRIGHTEST: Final = 0.9
"""The largest mean pixel value that is kept, 0 to 1."""

REASONS: Final = ("unreadable", "dark", "bright", "not-a-face", "duplicate", "near-duplicate")
"""The reasons for dropping a face; the first one that applies is given."""

_FIRST_TO_GO: Final = (TRAINING, "", PUBLIC_TEST, PRIVATE_TEST)


def clean(faces: Faces) -> list[Drop]:
    """Return the faces to drop, in their order.

    One image of each group of duplicates is kept: the one in private_test, so that the test set stays complete and
    unseen in training; otherwise the one in public_test; otherwise the first. Where subjects are known, as in CK+, the
    frames of a sequence are near-duplicates by nature, so only exact copies are dropped.

    Returns:
        The items that could not be read or in which no face was found, then the faces.
    """
    drops: dict[int, Drop] = {}

    def drop(place: int, reason: str, detail: str) -> None:
        split, name = str(faces.usages[place]), str(faces.names[place])
        drops.setdefault(place, Drop(split, name, faces.classes[faces.labels[place]], reason, detail))

    means = faces.means()
    for place in np.flatnonzero(means < DARKEST).tolist():
        drop(place, "dark", f"mean {means[place]:.3f}")
    for place in np.flatnonzero(means > BRIGHTEST).tolist():
        drop(place, "bright", f"mean {means[place]:.3f}")
    if faces.votes is not None:
        for place in np.flatnonzero(_not_a_face(faces.votes)).tolist():
            drop(place, "not-a-face", f"{faces.votes[place, ferplus.NOT_A_FACE]} of {faces.votes[place].sum()} votes")
    kept = np.array([place for place in range(len(faces)) if place not in drops], np.intp)
    for group in groups(faces.images[kept], near=faces.subjects is None):
        stays, *others = sorted(
            kept[group].tolist(), key=lambda place: (-_FIRST_TO_GO.index(faces.usages[place]), place)
        )
        for place in others:
            same = np.array_equal(faces.images[place], faces.images[stays])
            drop(place, "duplicate" if same else "near-duplicate", _original(faces, place, stays))
    return [_skipped(item) for item in faces.skipped] + [drops[place] for place in sorted(drops)]


def _skipped(item: Skipped) -> Drop:
    return Drop("", item.name, "", "not-a-face" if item.reason == NO_FACE else "unreadable", item.reason)


def _not_a_face(votes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return (N,) bool, True where more than half of the votes are for "not a face"."""
    majority: NDArray[np.bool_] = votes[:, ferplus.NOT_A_FACE] > votes.sum(axis=1) / 2
    return majority


def _original(faces: Faces, place: int, kept: int) -> str:
    """Describe the image that is kept in place of another, and its label if the two differ."""
    where = f"{faces.names[kept]} in {faces.usages[kept]}" if faces.usages[kept] else str(faces.names[kept])
    if faces.labels[place] == faces.labels[kept]:
        return f"of {where}"
    return f"of {where}, which is labelled {faces.classes[faces.labels[kept]]}"
