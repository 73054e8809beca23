"""The faces that compiled engines are calibrated and compared on, chosen from a data set; never from private_test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fervid.data.faces import Faces
from fervid.data.splits import complete
from fervid.engines.backends import Calibration
from fervid.engines.measure.comparison import Sample
from fervid.errors import DataError

CALIBRATED_ON: Final = 512
COMPARED_ON: Final = 1000
"""The most faces that are taken; fewer where there are no more."""

_SEED: Final = 1


def calibration(faces: Faces, most: int = CALIBRATED_ON) -> Calibration:
    """Faces to measure the ranges of an int8 network on, from all over the training split.

    Args:
        faces: As the engine takes them, in size and colour.
        most: How many at most.

    Raises:
        DataError: There is none to learn from.
    """
    chosen = _some(_of(complete(faces), TRAINING, "calibrate on"), most)
    return Calibration(chosen.images, _named(chosen, TRAINING))


def sample(faces: Faces, classes: Sequence[str], most: int = COMPARED_ON) -> Sample:
    """Faces to compare engines on, from all over public_test; from training where the data has too few to divide.

    Where labels name classes that the engines know, it is those faces alone; labels are the data set's own.

    Args:
        faces: As the engines take them, in size and colour.
        classes: Of the engines.
        most: How many at most.

    Raises:
        DataError: There is no face but those of private_test.
    """
    divided = complete(faces)
    usage = PUBLIC_TEST if PUBLIC_TEST in divided.usages else TRAINING
    found = _of(divided, usage, "compare on")
    places = np.array([classes.index(name) if name in classes else -1 for name in found.classes])
    known = places[found.labels] >= 0
    chosen = _some(found.take(known) if known.any() else found, most)
    return Sample(chosen.images, _named(chosen, usage), places[chosen.labels] if known.any() else None)


def _of(faces: Faces, usage: str, purpose: str) -> Faces:
    found = faces.take(faces.usages == usage)
    if not len(found):
        kept = f" ({PRIVATE_TEST} is kept for the final figure)" if PRIVATE_TEST in faces.usages else ""
        raise DataError(f"{faces.source} has no face to {purpose}{kept}", "give data with other splits")
    return found


def _some(faces: Faces, most: int) -> Faces:
    """At most so many of `faces`, by chance and in their order; always the same ones."""
    if len(faces) <= most:
        return faces
    return faces.take(np.sort(np.random.default_rng(_SEED).choice(len(faces), most, replace=False)))


def _named(faces: Faces, usage: str) -> str:
    return f"{len(faces)} face{'' if len(faces) == 1 else 's'} of {faces.source}, {usage}"
