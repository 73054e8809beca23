"""FER2013 as Kaggle publishes it (Goodfellow et al. 2013, arXiv:1307.0414): a table with a row for each 48x48 face.

``fer2013.csv`` or ``icml_face_data.csv`` has a header with ``emotion``, ``pixels`` and ``Usage`` in any order. Votes
are read from FER+'s ``fer2013new.csv`` beside it.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FER2013
from fervid.core.plurals import counted
from fervid.data import fer2013, votes
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SIZE, TRAINING
from fervid.data.faces import Faces, Skips
from fervid.data.pictures import Pictures
from fervid.data.table_rows import REPAIR, Row, read_rows
from fervid.errors import DataError

NAME: Final = "fer2013.csv"
COLUMNS: Final = ("emotion", "pixels", "Usage")
USAGES: Final = {"Training": TRAINING, "PublicTest": PUBLIC_TEST, "PrivateTest": PRIVATE_TEST}
"""Kaggle's names for the splits."""

_NAMES: Final = (NAME, "icml_face_data.csv")
_REMEDY: Final = "give Kaggle's fer2013.csv"


class _Face(NamedTuple):
    """The content of one row; `place` counts the rows from 0, invalid ones included."""

    name: str
    place: int
    usage: str
    label: int
    pixels: NDArray[np.uint8]


def recognises(path: Path) -> bool:
    """Return True if `path` is a file that may be a table, or a folder that holds one."""
    if path.is_dir():
        return _within(path) is not None
    return path.suffix.lower() != ".npz"


def file_in(path: Path) -> Path:
    """Return the table in the folder `path`, or `path` itself."""
    return _within(path) or path


def read(path: Path, _pictures: Pictures, skips: Skips) -> Faces:
    """Read the table at `path` or in the folder `path`, and FER+'s votes if they lie beside it.

    Raises:
        DataError: The file is not such a table, or a row is invalid and `skips` does not allow it.
    """
    table = file_in(path)
    found: list[_Face] = []
    count = 0
    for row in read_rows(table, COLUMNS, _REMEDY):
        with skips.at(row.name):
            found.append(_face(row, count))
        count += 1
    places = np.array([face.place for face in found], np.int64)
    beside = table.with_name(votes.TABLE)
    ballots = votes.read_table(beside, count, skips) if beside.is_file() else None
    # A complete table of another name is FER2013 too; one in a folder of another name may hold any faces.
    name = fer2013.NAME if count == fer2013.ROWS else fer2013.data_name(path)
    return Faces(
        source=name,
        classes=FER2013,
        images=np.array([face.pixels for face in found], np.uint8).reshape(-1, 1, SIZE, SIZE),
        labels=np.array([face.label for face in found], np.int64),
        names=np.array([face.name for face in found], np.str_),
        usages=np.array([face.usage for face in found], np.str_),
        votes=None if ballots is None else ballots.votes[places],
        rows=places if ballots is None else ballots.rows[places],
        published=fer2013.published_rows(name),
    )


def _within(path: Path) -> Path | None:
    """Return the table in the folder `path`, if there is one."""
    return next((path / name for name in _NAMES if (path / name).is_file()), None)


def _face(row: Row, place: int) -> _Face:
    fields = row.fields()
    usage = fields["Usage"].strip()
    if usage not in USAGES:
        raise DataError(f"{row.where} has the unknown usage {usage!r}", f"use {', '.join(USAGES)}, or {REPAIR}")
    emotion = fields["emotion"].strip()
    if emotion not in map(str, range(len(FER2013))):
        known = f"use a number from 0 to {len(FER2013) - 1}"
        raise DataError(f"{row.where} has the unknown emotion {emotion!r}", f"{known}, or {REPAIR}")
    return _Face(row.name, place, USAGES[usage], int(emotion), _pixels(row.where, fields["pixels"]))


def _pixels(where: str, text: str) -> NDArray[np.uint8]:
    """Parse a face with `numpy.fromstring`, which takes a sixth of the time of calling `int` for each pixel."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)  # numpy's way of reporting text that is not a number
            pixels = np.fromstring(text, np.int64, sep=" ")
    except (ValueError, DeprecationWarning) as error:
        raise DataError(f"{where} has pixels that are not numbers", REPAIR) from error
    if len(pixels) != SIZE * SIZE:
        raise DataError(f"{where} has {counted(len(pixels), 'pixel')} instead of {SIZE * SIZE}", REPAIR)
    if pixels.min() < 0 or pixels.max() > 255:
        raise DataError(f"{where} has pixels that are not numbers from 0 to 255", REPAIR)
    return pixels.astype(np.uint8)
