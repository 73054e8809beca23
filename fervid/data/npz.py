"""Validated reading of NumPy archives."""

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
    """Read arrays of equal length from an ``.npz`` file.

    Args:
        path: The file.
        names: The arrays that must be present.
        optional: The arrays that are read if present.

    Raises:
        DataError: The file is damaged, an array is missing, or the arrays have different lengths.
    """
    try:
        with path.open("rb") as file:
            if not zipfile.is_zipfile(file):
                raise zipfile.BadZipFile("not a NumPy archive, or truncated")
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
        raise DataError(f"'{path}' cannot be read as an archive of faces ({error})", "download it again") from error
    lengths = {name: len(array) if array.ndim else 0 for name, array in found.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise DataError(f"'{path}' has arrays of different lengths ({listed})", "download it again")
    return found


def grey_faces(path: Path, images: Array) -> NDArray[np.uint8]:
    """Return `images`, (N, size, size) uint8, as (N, 1, size, size).

    Raises:
        DataError: The array has another type or shape.
    """
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1] != images.shape[2]:
        raise DataError(
            f"'{path}' has images of shape {images.shape} and type {images.dtype}", "use (N, size, size) uint8"
        )
    return images[:, None].astype(np.uint8, copy=False)


def labels(path: Path, found: Array, classes: int) -> NDArray[np.int64]:
    """Return `found`, (N,) indices of classes, as int64.

    Raises:
        DataError: The array has another type or shape, or an index is out of range; the message names the first.
    """
    numbers = integers(path, "labels", found)
    wrong = np.flatnonzero((numbers < 0) | (numbers >= classes))
    if len(wrong):
        raise DataError(f"'{path}', row {wrong[0]} has the label {numbers[wrong[0]]}", f"use 0 to {classes - 1}")
    return numbers


def integers(path: Path, name: str, found: Array) -> NDArray[np.int64]:
    """Return `found`, (N,) of any integer type, as int64.

    Raises:
        DataError: The array has another type or shape.
    """
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise DataError(f"'{path}' has {name} of shape {found.shape} and type {found.dtype}", "use (N,) integers")
    return found.astype(np.int64)
