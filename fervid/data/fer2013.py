"""FER2013 (Goodfellow et al. 2013, arXiv:1307.0414): 48x48 grey faces of seven classes, in the two forms people have.

- Kaggle's table, ``fer2013.csv`` or ``icml_face_data.csv``: a header that names ``emotion``, ``pixels`` and ``Usage``
  in any order, and a row a face.
- A folder of NumPy archives ``training*.npz``, ``public_test*.npz`` and ``private_test*.npz``, each with ``images``
  (N, 48, 48) uint8 and ``fer_label`` (N,).
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SPLITS, TRAINING, DataSet, Split
from fervid.emotions import FER2013
from fervid.errors import DataError

SIZE: Final = 48
"""Width and height of a face in pixels."""

PRIVATE_ROWS: Final = 3589
"""How many rows of Kaggle's table are PrivateTest."""

_TABLES: Final = ("fer2013.csv", "icml_face_data.csv")
_USAGES: Final = {"Training": TRAINING, "PublicTest": PUBLIC_TEST, "PrivateTest": PRIVATE_TEST}
_COLUMNS: Final = ("emotion", "pixels", "Usage")
_REMEDY: Final = "give Kaggle's fer2013.csv, a folder that holds it, or a folder of NumPy archives"


def read(path: Path) -> DataSet:
    """Read FER2013 in whichever form `path` has.

    Args:
        path: The table, a folder that holds it, or the folder of archives.

    Raises:
        DataError: It is neither, or something in it is wrong.
    """
    if path.is_dir():
        tables = [path / name for name in _TABLES if (path / name).is_file()]
        splits = _read_table(tables[0]) if tables else _read_archives(path)
    elif path.is_file():
        splits = _read_table(path)
    else:
        raise DataError(f"{path} does not exist", _REMEDY)
    for usage in SPLITS:
        if not len(splits[usage]):
            raise DataError(f"{path} has no face for {usage}", "get the whole data set")
    return DataSet("FER2013", FER2013, splits[TRAINING], splits[PUBLIC_TEST], splits[PRIVATE_TEST], PRIVATE_ROWS)


def _read_table(path: Path) -> dict[str, Split]:
    pixels: dict[str, list[bytes]] = {usage: [] for usage in SPLITS}
    labels: dict[str, list[int]] = {usage: [] for usage in SPLITS}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            for usage, label, face in _rows(path, file):
                pixels[usage].append(face)
                labels[usage].append(label)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})", _REMEDY) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV table ({error})", _REMEDY) from error
    return {
        usage: Split(
            usage,
            np.frombuffer(bytearray().join(pixels[usage]), np.uint8).reshape(-1, 1, SIZE, SIZE),
            np.array(labels[usage], np.int64),
        )
        for usage in SPLITS
    }


def _rows(path: Path, file: TextIO) -> Iterator[tuple[str, int, bytes]]:
    """Yield usage, label and pixels of each row."""
    table = csv.reader(file)
    header = [name.strip() for name in next(table, [])]
    if not set(_COLUMNS) <= set(header):
        raise DataError(f"{path} does not begin with the header {','.join(_COLUMNS)}", _REMEDY)
    emotion, pixels, usage = (header.index(name) for name in _COLUMNS)
    for row in table:
        if not row:
            continue
        where = f"{path}, line {table.line_num}"
        if len(row) != len(header):
            raise DataError(f"{where} has {len(row)} fields, not {len(header)}", "repair or remove the line")
        if row[usage] not in _USAGES:
            raise DataError(f"{where} has the unknown Usage {row[usage]!r}", f"use {', '.join(_USAGES)}")
        yield _USAGES[row[usage]], _label(where, row[emotion]), _face(where, row[pixels])


def _label(where: str, text: str) -> int:
    if text.strip() not in map(str, range(len(FER2013))):
        raise DataError(f"{where} has the emotion {text!r}", f"use a number from 0 to {len(FER2013) - 1}")
    return int(text)


def _face(where: str, text: str) -> bytes:
    try:
        face = bytes(map(int, text.split()))
    except ValueError as error:
        raise DataError(f"{where} has pixels that are not numbers from 0 to 255", "repair or remove it") from error
    if len(face) != SIZE * SIZE:
        raise DataError(f"{where} has {len(face)} pixels, not {SIZE * SIZE}", "repair or remove the line")
    return face


def _read_archives(folder: Path) -> dict[str, Split]:
    splits = {}
    for usage in SPLITS:
        archives = sorted(folder.glob(f"{usage}*.npz"))
        if not archives:
            raise DataError(f"{folder} holds neither {_TABLES[0]} nor {usage}*.npz", _REMEDY)
        images, labels = zip(*map(_read_archive, archives), strict=True)
        splits[usage] = Split(usage, np.concatenate(images)[:, None], np.concatenate(labels))
    return splits


def _read_archive(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels = arrays["images"], arrays["fer_label"].astype(np.int64)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} cannot be read as an archive of faces ({error})", "get it again") from error
    if images.dtype != np.uint8 or images.shape != (len(labels), SIZE, SIZE):
        raise DataError(
            f"{path} has images of {images.shape} {images.dtype} for {len(labels)} labels",
            f"use (N, {SIZE}, {SIZE}) uint8",
        )
    if len(labels) and not 0 <= labels.min() <= labels.max() < len(FER2013):
        raise DataError(f"{path} has labels outside 0 to {len(FER2013) - 1}", "use FER2013's own labels")
    return images, labels
