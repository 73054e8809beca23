"""Turns one form of labelled faces into another without a loss: pixels, labels, splits, FER+ votes and order.

Kaggle's table and FER+'s beside it have the line ends of RFC 4180, CR and LF.
Picture folders are ``train|val|test/<class>/00000017.png``, where the number is the row in Kaggle's table, so that the
order is kept too, with ``votes.csv`` beside them where there are votes and ``subjects.csv`` where it is known who is
seen.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.data import subjects, votes
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fervid.data.faces import Faces
from fervid.data.forms import table
from fervid.data.splits import complete
from fervid.emotions import FER2013
from fervid.errors import DataError, OutputError
from fervid.files import make_folder, replacing, write_bytes

_FOLDERS: Final = {"": "", TRAINING: "train", PUBLIC_TEST: "val", PRIVATE_TEST: "test"}
_USAGES: Final = {ours: theirs for theirs, ours in table.USAGES.items()}
_NUMBERS: Final = tuple(map(str, range(256)))
_QUICK: Final = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def to_table(faces: Faces, path: Path) -> list[Path]:
    """Write Kaggle's table, and FER+'s beside it where there are votes.

    Faces without splits are divided as for training, since the table must name one.

    Args:
        faces: Grey, 48x48, with classes of FER2013.
        path: The table.

    Returns:
        What was written.

    Raises:
        DataError: The table has no place for these faces.
        OutputError: There is such a file already, or it cannot be written.
    """
    foreign = sorted(set(faces.classes) - set(FER2013))
    if foreign:
        raise DataError(f"Kaggle's table has no number for the class {foreign[0]}", "convert to folders")
    if faces.images.shape[1:] != (1, table.SIZE, table.SIZE):
        raise DataError(f"Kaggle's table holds grey faces of {table.SIZE} pixels alone", "convert to folders")
    beside = path.with_name(votes.TABLE)
    for file in (path, beside) if faces.votes is not None else (path,):
        if file.exists():
            raise OutputError(f"{file} is there already", "choose another name, or remove it")
    make_folder(path.parent)
    faces = complete(faces)
    numbers = [FER2013.index(faces.classes[label]) for label in faces.labels]
    usages = [_USAGES[usage] for usage in faces.usages]
    pixels = (" ".join(map(_NUMBERS.__getitem__, image.tobytes())) for image in faces.images)
    _write_csv(path, table.COLUMNS, zip(numbers, pixels, usages, strict=True))
    if faces.votes is None:
        return [path]
    rows = zip(usages, map(votes.image_name, _rows(faces)), faces.votes.tolist(), strict=True)
    _write_csv(beside, votes.TABLE_HEADER, ((usage, name, *row) for usage, name, row in rows))
    return [path, beside]


def to_folders(faces: Faces, path: Path) -> list[Path]:
    """Write a PNG file for each face, and the lists of votes and of subjects where there are any.

    Args:
        faces: Of any size and colour; where they have no splits, the folders have none either.
        path: The folder, which must be empty or not be there yet; it appears when it is complete.

    Returns:
        What was written.

    Raises:
        OutputError: The folder holds something, or cannot be written.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise OutputError(f"{path} is there already", "choose another name, or remove it")
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        names = list(_write_pictures(faces, partial))
        if faces.votes is not None:
            rows = zip(names, faces.votes.tolist(), strict=True)
            _write_csv(partial / votes.LIST, votes.LIST_HEADER, ((name, *row) for name, row in rows))
        if faces.subjects is not None:
            people = zip(names, faces.subjects.tolist(), strict=True)
            _write_csv(partial / subjects.LIST, subjects.HEADER, people)
        partial.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror})", "choose another folder") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return [path]


def _write_pictures(faces: Faces, folder: Path) -> Iterator[str]:
    """Write the pictures into `folder` and yield their paths below it."""
    for number, name in enumerate(faces.classes):
        for usage in set(faces.usages[faces.labels == number].tolist()):
            make_folder(folder / _FOLDERS[usage] / name)
    for image, label, usage, row in zip(faces.images, faces.labels, faces.usages, _rows(faces), strict=True):
        picture = Path(_FOLDERS[usage], faces.classes[label], f"{row:08d}.png")
        write_bytes(folder / picture, _png(image))
        yield picture.as_posix()


def _rows(faces: Faces) -> list[int]:
    return list(range(len(faces))) if faces.rows is None else faces.rows.tolist()


def _png(image: NDArray[np.uint8]) -> bytes:
    # (channels, size, size), red green blue; OpenCV wants (size, size, channels), blue green red.
    _, data = cv2.imencode(".png", np.ascontiguousarray(image.transpose(1, 2, 0)[:, :, ::-1]), _QUICK)
    return data.tobytes()


def _write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with replacing(path) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        table.writerows(rows)
