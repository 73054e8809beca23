"""Labelled pictures of faces: read from the forms people have them in, looked at, cleaned, converted."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fervid.data.dataset import DataSet
    from fervid.data.faces import Faces, Skipped
    from fervid.detect.base import Detector

_TOLD: Final = 20
"""How many of the skipped are named where the user does not ask for more."""

_log = logging.getLogger(__name__)


def read(
    path: Path,
    *,
    labels: str = "class",
    size: int = 48,
    colour: str = "grey",
    detector: Detector | None = None,
    label_tree: Path | None = None,
    drop: Path | None = None,
    skip_bad: bool = False,
) -> DataSet:
    """Read labelled faces in whichever form `path` has, divided for training.

    Args:
        path: Kaggle's table or its folder, picture folders, CK+'s trees, or NumPy archives.
        labels: One of `fervid.data.splits.LABELS`.
        size: Width and height of a face in pixels.
        colour: ``grey`` or ``rgb``.
        detector: Finds the face in each picture file, which is cut out; without it, the middle square is the face.
            Of tables and archives, whose faces are cut already, it drops those in which it finds none.
        label_tree: The tree of labels, where `path` is a tree of sequences like CK+'s.
        drop: A list by ``fervid data clean`` of faces to leave out.
        skip_bad: Go on after a bad item; the result lists those that were skipped.

    Raises:
        DataError: It has none of the forms, or something in it is wrong.
        UsageError: `labels` is unknown.
    """
    from fervid.data.splits import divide

    faces = read_faces(
        path, size=size, colour=colour, detector=detector, label_tree=label_tree, drop=drop, skip_bad=skip_bad
    )
    return divide(faces, labels)


def read_faces(
    path: Path,
    *,
    size: int = 48,
    colour: str = "grey",
    detector: Detector | None = None,
    label_tree: Path | None = None,
    drop: Path | None = None,
    skip_bad: bool = False,
) -> Faces:
    """Read labelled faces as they stand in their source; for the arguments see `read`.

    Raises:
        DataError: `path` has none of the forms, something in it is wrong, or no face is left.
    """
    from fervid.data import forms
    from fervid.data.drops import without
    from fervid.data.faces import Skips
    from fervid.data.forms import sequences
    from fervid.data.pictures import Pictures, with_face
    from fervid.errors import DataError

    pictures, skips = Pictures(size, colour, detector), Skips(skip_bad)
    if label_tree is not None:
        faces = sequences.read_trees(path, label_tree, pictures, skips)
    else:
        form = forms.find(path)
        faces = form.read(path, pictures, skips)
        if form.framed and detector is not None:
            faces = with_face(faces, detector, skips)
        if form.framed and len(faces):
            faces = pictures.fit(faces)
    faces = dataclasses.replace(faces, skipped=tuple(skips.items))
    _tell(path, faces.skipped)
    if drop is not None:
        faces = without(faces, drop)
    if not len(faces):
        raise DataError(f"{path} has no face", forms.KNOWN)
    return faces


def _tell(path: Path, skipped: tuple[Skipped, ...]) -> None:
    if skipped:
        _log.warning("%d left out of %s", len(skipped), path)
    for place, item in enumerate(skipped):
        _log.log(logging.INFO if place < _TOLD else logging.DEBUG, "left out %s: %s", item.name, item.reason)
    if len(skipped) > _TOLD:
        _log.info("and %d more, which -v names", len(skipped) - _TOLD)
