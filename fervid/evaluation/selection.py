"""The selection of faces to calibrate and compare compiled engines on, which never takes any of private_test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from fervid.core.plurals import counted
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fervid.data.faces import Faces
from fervid.data.splits import complete
from fervid.engines.backends import Calibration
from fervid.engines.measure.comparison import Sample
from fervid.errors import DataError

CALIBRATION_FACES: Final = 512
"""Largest number of faces to calibrate on."""

COMPARISON_FACES: Final = 1000
"""Largest number of faces to compare on."""

_SEED: Final = 1


def calibration(faces: Faces, most: int = CALIBRATION_FACES) -> Calibration:
    """Select faces to calibrate an int8 network on, drawn from the training split.

    Args:
        faces: Faces in the size and colour of the engine.
        most: Largest number of faces.

    Raises:
        DataError: There is no face in the training split.
    """
    chosen = _draw(_in_split(complete(faces), TRAINING, "calibrate on"), most)
    return Calibration(chosen.images, _description(chosen, TRAINING))


def sample(faces: Faces, classes: Sequence[str], most: int = COMPARISON_FACES) -> Sample:
    """Select faces to compare engines on, drawn from public_test, or from training if the data is too small to split.

    If any label is among the engines' classes, only faces with such labels are selected, and the sample has labels.

    Args:
        faces: Faces in the size and colour of the engines.
        classes: Classes of the engines.
        most: Largest number of faces.

    Raises:
        DataError: There is no face outside private_test.
    """
    divided = complete(faces)
    usage = PUBLIC_TEST if PUBLIC_TEST in divided.usages else TRAINING
    found = _in_split(divided, usage, "compare on")
    indices = np.array([classes.index(name) if name in classes else -1 for name in found.classes])
    known = indices[found.labels] >= 0
    chosen = _draw(found.take(known) if known.any() else found, most)
    return Sample(chosen.images, _description(chosen, usage), indices[chosen.labels] if known.any() else None)


def _in_split(faces: Faces, usage: str, purpose: str) -> Faces:
    found = faces.take(faces.usages == usage)
    if not len(found):
        reserved = f" ({PRIVATE_TEST} is reserved for the final evaluation)" if PRIVATE_TEST in faces.usages else ""
        raise DataError(f"{faces.source} has no face to {purpose}{reserved}", "give data with other splits")
    return found


def _draw(faces: Faces, most: int) -> Faces:
    """Draw at most `most` of `faces` at random and in their order; the draw is seeded."""
    if len(faces) <= most:
        return faces
    return faces.take(np.sort(np.random.default_rng(_SEED).choice(len(faces), most, replace=False)))


def _description(faces: Faces, usage: str) -> str:
    return f"{counted(len(faces), 'face')} of {faces.source}, {usage}"
