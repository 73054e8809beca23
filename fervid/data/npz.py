"""Validated reading of NumPy archives."""

from __future__ import annotations

import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fervid.core.pixels import MAX_PIXELS, RAISE_LIMIT
from fervid.core.regular_files import LARGE, open_regular
from fervid.errors import DataError

Array = NDArray[np.generic]

_HEADERS: Final = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
"""The readers of headers by version. The third version is for names of fields, which no array of faces has."""

_DAMAGE: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    SyntaxError,  # NumPy reads headers as Python's literals
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)
"""Exceptions raised by reading a damaged, encrypted or unusual archive."""


HOLDS: Final = (
    "an archive of faces holds images (N, size, size) uint8 and label (N,), the names of their emotions; "
    "or the arrays of FER2013 or CK+, see docs/data.md"
)
"""The remedy for an archive that lacks an array."""

_AGAIN: Final = "write or download it again"


def members(path: Path) -> set[str]:
    """Return the names of the arrays in an ``.npz`` file; none if it is damaged, which `read` explains."""
    try:
        with open_regular(path, LARGE) as file, zipfile.ZipFile(file) as archive:
            return {name.removesuffix(".npy") for name in archive.namelist()}
    except _DAMAGE:
        return set()


def read(
    path: Path, names: Sequence[str], optional: Sequence[str] = (), *, most: int = MAX_PIXELS, before: int = 0
) -> dict[str, Array]:
    """Read arrays of equal length from an ``.npz`` file.

    The headers of the arrays are checked before any of them is unpacked.

    Args:
        path: The file.
        names: The arrays that must be present.
        optional: The arrays that are read if present.
        most: The number of bytes that the arrays may have together.
        before: The number of bytes in earlier archives of the same data set, which count too.

    Raises:
        DataError: The file is damaged, an array is missing, the arrays are too large or have different lengths.
    """
    try:
        with open_regular(path, LARGE) as file, zipfile.ZipFile(file) as archive:
            present = set(archive.namelist())
            missing = [name for name in names if _member(name) not in present]
            if missing:
                raise DataError(f"'{path}' has no array {' and no array '.join(map(repr, missing))}", HOLDS)
            wanted = (*names, *(name for name in optional if _member(name) in present))
            total = before + sum(_size(archive, name) for name in wanted)
            if total > most:
                others = ", with the archives before it," if before else ""
                problem = f"'{path}'{others} unpacks to {total:,} bytes, more than the limit of {most:,}"
                raise DataError(problem, RAISE_LIMIT)
            found = {name: _array(archive, name) for name in wanted}
    except _DAMAGE as error:
        reason = error.strerror if isinstance(error, OSError) else error
        reason = "not a NumPy archive, or truncated" if isinstance(error, zipfile.BadZipFile) else reason
        raise DataError(f"'{path}' cannot be read as an archive of faces ({reason})", _AGAIN) from error
    lengths = {name: len(array) if array.ndim else 0 for name, array in found.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise DataError(f"'{path}' has arrays of different lengths ({listed})", _AGAIN)
    return found


def _member(name: str) -> str:
    """Return the name that `numpy.savez` gives to the file of an array."""
    return f"{name}.npy"


def _size(archive: zipfile.ZipFile, name: str) -> int:
    """Return the size of an array in bytes, according to its header.

    Raises:
        ValueError: The file of the array is shorter.
    """
    member = archive.getinfo(_member(name))
    with archive.open(member) as file:
        version = npy.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"{name} has the unknown format {version}")
        shape, _, dtype = _HEADERS[version](file)
        size = math.prod(shape) * dtype.itemsize
        held = member.file_size - file.tell()
    if size > held:
        raise ValueError(f"{name} claims {size:,} bytes and holds {held:,}")
    return size


def _array(archive: zipfile.ZipFile, name: str) -> Array:
    with archive.open(_member(name)) as file:
        array: Array = npy.read_array(file, allow_pickle=False)
        return array


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


def faces(path: Path, images: Array) -> NDArray[np.uint8]:
    """Return `images`, (N, size, size) or (N, size, size, 3) uint8, as (N, channels, size, size).

    Raises:
        DataError: The array has another type or shape.
    """
    if images.ndim != 4 or images.shape[3] != 3:
        return grey_faces(path, images)
    planes = [grey_faces(path, images[..., channel]) for channel in range(3)]
    return np.concatenate(planes, axis=1)


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
