"""NumPy archives, read so that what is wrong in one is named."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fervid.errors import DataError

Array = NDArray[np.generic]


def read(path: Path, names: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Array]:
    """Read arrays of one length from an ``.npz`` file.

    Args:
        path: The file.
        names: Those that must be there.
        optional: Those that are read where they are there.

    Raises:
        DataError: It is damaged, lacks an array, or the arrays have different lengths.
    """
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise zipfile.BadZipFile("it is none, or cut short")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                wanted = (*names, *(name for name in optional if name in archive))
                found = {name: archive[name] for name in wanted}
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DataError(f"{path} cannot be read as an archive of faces ({error})", "get it again") from error
    lengths = {name: len(array) if array.ndim else 0 for name, array in found.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise DataError(f"{path} has arrays of different lengths ({told})", "get it again")
    return found


def grey_faces(path: Path, images: Array) -> NDArray[np.uint8]:
    """`images`, (N, size, size) uint8, as (N, 1, size, size).

    Raises:
        DataError: They are of another type or shape.
    """
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1] != images.shape[2]:
        raise DataError(f"{path} has images of {images.shape} {images.dtype}", "use (N, size, size) uint8")
    return images[:, None].astype(np.uint8, copy=False)


def labels(path: Path, found: Array, classes: int) -> NDArray[np.int64]:
    """`found`, (N,) places among `classes`, as int64.

    Raises:
        DataError: They are something else; the first wrong one is named by its place.
    """
    numbers = whole_numbers(path, "labels", found)
    wrong = np.flatnonzero((numbers < 0) | (numbers >= classes))
    if len(wrong):
        raise DataError(f"{path}, row {wrong[0]} has the label {numbers[wrong[0]]}", f"use 0 to {classes - 1}")
    return numbers


def whole_numbers(path: Path, what: str, found: Array) -> NDArray[np.int64]:
    """`found`, (N,) of any kind of integer, as int64.

    Raises:
        DataError: They are something else.
    """
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise DataError(f"{path} has {what} of {found.shape} {found.dtype}", "use (N,) whole numbers")
    return found.astype(np.int64)
