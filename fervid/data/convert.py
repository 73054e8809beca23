"""Lossless conversion between Kaggle's table and image folders: pixels, labels, splits, FER+ votes and order are kept.

Kaggle's table, and FER+'s beside it, end their lines with CR LF (RFC 4180). Image folders are laid out as
``train|val|test/<class>/00000017.png``; the number is the row in Kaggle's table, which preserves the order. Votes go
to ``votes.csv`` and subjects to ``subjects.csv`` beside the folders.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.cells import escape_cell
from fervid.core.emotions import FER2013
from fervid.core.files import make_folder, replacing
from fervid.core.whole_folders import replacing_alone, replacing_folder
from fervid.data import subjects, votes
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SIZE, TRAINING
from fervid.data.faces import Faces
from fervid.data.forms import table
from fervid.data.splits import complete
from fervid.errors import DataError, OutputError, UsageError

_FOLDERS: Final = {"": "", TRAINING: "train", PUBLIC_TEST: "val", PRIVATE_TEST: "test"}
_USAGES: Final = {ours: theirs for theirs, ours in table.USAGES.items()}
_NUMBERS: Final = tuple(map(str, range(256)))
_QUICK: Final = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def to_table(faces: Faces, path: Path) -> list[Path]:
    """Write Kaggle's table, with FER+'s table beside it if the faces have votes.

    Faces without splits are divided as for training, because every row of the table names a split.

    Args:
        faces: Grey, 48x48, with classes of FER2013.
        path: The table. No table of votes may lie beside it, since readers would take it for this table's.

    Returns:
        The files written.

    Raises:
        DataError: The table cannot represent these faces.
        UsageError: `path` has the name of FER+'s table.
        OutputError: A file exists already or cannot be written; no partial file is left.
    """
    foreign = sorted(set(faces.classes) - set(FER2013))
    if foreign:
        raise DataError(f"Kaggle's table has no number for the class '{foreign[0]}'", "convert with --to folders")
    if faces.images.shape[1:] != (1, SIZE, SIZE):
        raise DataError(f"Kaggle's table can only hold grey faces of {SIZE}x{SIZE} pixels", "convert with --to folders")
    if path.name == votes.TABLE:
        raise UsageError(f"'{path}' is the name of FER+'s table of votes", f"choose another, such as {table.NAME}")
    beside = path.with_name(votes.TABLE)
    _refuse_existing(path, beside)
    make_folder(path.parent)
    if "" in faces.usages:
        faces = complete(faces)
    numbers = [FER2013.index(faces.classes[label]) for label in faces.labels]
    usages = [_USAGES[usage] for usage in faces.usages]
    pixels = (" ".join(map(_NUMBERS.__getitem__, image.tobytes())) for image in faces.images)
    with replacing(path) as written:
        _write_csv(written, table.COLUMNS, zip(numbers, pixels, usages, strict=True))
        if faces.votes is None:
            return [path]
        with replacing(beside) as partial_votes:
            rows = zip(usages, map(votes.image_name, _rows(faces)), faces.votes.tolist(), strict=True)
            _write_csv(partial_votes, votes.TABLE_HEADER, ((usage, name, *row) for usage, name, row in rows))
    return [path, beside]


def to_folders(faces: Faces, path: Path) -> list[Path]:
    """Write a PNG file for each face, with the lists of votes and subjects if there are any.

    Args:
        faces: Faces of any size and colour. Without splits, the class folders lie directly in `path`.
        path: A folder that does not exist yet; it appears when it is complete.

    Returns:
        The folder written.

    Raises:
        OutputError: The folder exists already or cannot be written; no partial folder is left.
    """
    _refuse_existing(path)
    make_folder(path.parent)
    with replacing_alone(path, partial(_refuse_busy, path)), replacing_folder(path) as folder:
        names = list(_write_pictures(faces, folder))
        if faces.votes is not None:
            rows = zip(names, faces.votes.tolist(), strict=True)
            _write_csv(folder / votes.LIST, votes.LIST_HEADER, ((name, *row) for name, row in rows))
        if faces.subjects is not None:
            people = zip(names, faces.subjects.tolist(), strict=True)
            _write_csv(folder / subjects.LIST, subjects.HEADER, people)
        _refuse_existing(path)
    return [path]


def _write_pictures(faces: Faces, folder: Path) -> Iterator[str]:
    """Write the images into `folder` and yield the path of each, relative to it."""
    for number, name in enumerate(faces.classes):
        for usage in set(faces.usages[faces.labels == number].tolist()):
            (folder / _FOLDERS[usage] / name).mkdir(parents=True, exist_ok=True)
    for image, label, usage, row in zip(faces.images, faces.labels, faces.usages, _rows(faces), strict=True):
        picture = Path(_FOLDERS[usage], faces.classes[label], f"{row:08d}.png")
        (folder / picture).write_bytes(_png(image))
        yield picture.as_posix()


def _rows(faces: Faces) -> list[int]:
    return list(range(len(faces))) if faces.rows is None else faces.rows.tolist()


def _png(image: NDArray[np.uint8]) -> bytes:
    # (channels, size, size), red green blue; OpenCV wants (size, size, channels), blue green red.
    _, data = cv2.imencode(".png", np.ascontiguousarray(image.transpose(1, 2, 0)[:, :, ::-1]), _QUICK)
    return data.tobytes()


def _refuse_busy(path: Path, owner: str) -> None:
    raise OutputError(f"{owner} is writing '{path}'", "wait until it has ended, or choose another name")


def _refuse_existing(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise OutputError(f"'{path}' exists already", "choose another name, or remove it")


def _write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows([escape_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
