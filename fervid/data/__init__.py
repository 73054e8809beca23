"""Labelled face images: reading, inspecting, cleaning and converting data sets."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fervid.core.pixels import MAX_PIXELS
from fervid.data.dataset import COLOUR, LABELS, NONE, SIZE

if TYPE_CHECKING:
    from fervid.data.dataset import DataSet
    from fervid.data.face_groups import FaceGroups
    from fervid.data.faces import Faces, Skipped
    from fervid.detect.base import Detector

_LISTED: Final = 20
"""The number of skipped items that are listed without ``-v``."""

_log = logging.getLogger(__name__)


def read(
    path: Path,
    *,
    labels: str = LABELS[0],
    auxiliary: str = NONE,
    size: int = SIZE,
    colour: str = COLOUR,
    detector: Detector | None = None,
    label_tree: Path | None = None,
    drop: Path | None = None,
    skip_bad: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> DataSet:
    """Read labelled faces from any supported form and divide them into training, validation and test splits.

    Args:
        path: Kaggle's table or its folder, image folders, CK+'s two trees, or NumPy archives.
        labels: One of `fervid.data.dataset.LABELS`.
        auxiliary: The labels of an auxiliary head, one of `fervid.data.dataset.AUXILIARY_LABELS`.
        size: Width and height of a face in pixels.
        colour: ``grey`` or ``rgb``.
        detector: Finds the face in each image, which is then cropped as in a video; images in which it finds none are
            left out. Without a detector the middle square of an image is taken.
        label_tree: The tree of labels, where `path` is a tree of sequences like CK+'s.
        drop: A list of faces to leave out, written by ``fervid data clean``.
        skip_bad: Continue after a bad item; the result lists the items that were skipped.
        max_pixels: The number of pixels that an image may have, and the number of bytes that archives may unpack to.

    Raises:
        DataError: `path` has none of the supported forms, or its content is invalid.
        UsageError: `labels` or `auxiliary` is unknown.
    """
    from fervid.data.splits import divide

    faces = read_faces(
        path,
        size=size,
        colour=colour,
        detector=detector,
        label_tree=label_tree,
        drop=drop,
        skip_bad=skip_bad,
        max_pixels=max_pixels,
    )
    return divide(faces, labels, auxiliary)


def read_faces(
    path: Path,
    *,
    size: int = SIZE,
    colour: str = COLOUR,
    detector: Detector | None = None,
    label_tree: Path | None = None,
    drop: Path | None = None,
    skip_bad: bool = False,
    max_pixels: int = MAX_PIXELS,
) -> Faces:
    """Read labelled faces with the splits of their source, without dividing them; the arguments are those of `read`.

    Raises:
        DataError: `path` has none of the supported forms, its content is invalid, or no face is left.
    """
    from fervid.data import forms
    from fervid.data.drops import without
    from fervid.data.faces import Skips
    from fervid.data.forms import sequences
    from fervid.data.pictures import Pictures
    from fervid.errors import DataError

    pictures, skips = Pictures(size, colour, detector, max_pixels), Skips(skip_bad)
    if label_tree is not None:
        faces = sequences.read_trees(path, label_tree, pictures, skips)
    else:
        form = forms.find(path)
        faces = form.read(path, pictures, skips)
        if form.framed:
            faces = pictures.fit(faces, skips)
    faces = dataclasses.replace(faces, skipped=tuple(skips.items), detected=detector is not None)
    _log_skipped(path, faces.skipped)
    if drop is not None:
        faces = without(faces, drop)
    if not len(faces):
        raise DataError(f"{path} contains no face", forms.KNOWN)
    return faces


def read_groups(
    path: Path, columns: Sequence[str], faces: Faces, *, group_table: Path | None = None, skip_bad: bool = False
) -> FaceGroups:
    """Read the groups of faces, such as ages or cameras, from the data or a table beside it.

    Args:
        path: The data set that `faces` were read from.
        columns: The names of columns; ``age+gender`` crosses two.
        faces: The faces, whose names the table repeats.
        group_table: A table with a column ``picture`` or ``subject`` and those of the groups; by default the columns
            of the data itself, and ``groups.csv`` in the folder of the data or beside its file.
        skip_bad: Continue after an invalid row of the table.

    Raises:
        DataError: A column is not found, a table is invalid, or a column names none of the faces.
    """
    from fervid.data import face_groups

    return face_groups.read(path, columns, faces, group_table=group_table, skip_bad=skip_bad)


def _log_skipped(path: Path, skipped: tuple[Skipped, ...]) -> None:
    if skipped:
        _log.warning("%s: skipped %d item%s", path, len(skipped), "s" if len(skipped) > 1 else "")
    for index, item in enumerate(skipped):
        _log.log(logging.INFO if index < _LISTED else logging.DEBUG, "skipped %s: %s", item.name, item.reason)
    if len(skipped) > _LISTED:
        _log.info("and %d more; list them with -v", len(skipped) - _LISTED)
