"""FER2013 in a folder of NumPy archives: ``training*.npz``, ``public_test*.npz`` and ``private_test*.npz``.

Each archive holds ``images`` (N, 48, 48) uint8 and ``fer_label`` (N,). FER+'s ``ferplus_votes`` (N, 10) and ``row``
(N,), the row in Kaggle's table, are used if all archives have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FER2013
from fervid.data import fer2013, npz
from fervid.data.dataset import SIZE, SPLITS
from fervid.data.faces import Faces, Skips
from fervid.data.pictures import Pictures
from fervid.data.votes import COLUMNS
from fervid.errors import DataError


class _Part(NamedTuple):
    """The content of one archive."""

    names: list[str]
    usages: list[str]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    votes: NDArray[np.uint8] | None
    rows: NDArray[np.int64] | None


def recognises(path: Path) -> bool:
    """Return True if `path` is a folder with an archive of any split."""
    return path.is_dir() and bool(_files(path))


def read(path: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the archives in the folder `path`.

    Raises:
        DataError: An archive is damaged or holds something else, and `skips` does not allow it.
    """
    return _read(path, fer2013.data_name(path), _files(path), pictures, skips)


def read_file(file: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read one archive, whose name may begin with that of its split.

    Raises:
        DataError: It is damaged or holds something else.
    """
    usage = next((usage for usage in SPLITS if file.name.startswith(usage)), "")
    # The archive of a split is a part of the data set in its folder.
    name = fer2013.data_name(file.resolve().parent if usage else file)
    return _read(file, name, [(usage, file)], pictures, skips)


def _read(path: Path, name: str, files: Sequence[tuple[str, Path]], pictures: Pictures, skips: Skips) -> Faces:
    """Read `files`, the splits and archives at `path`, as the data set `name`."""
    parts: list[_Part] = []
    for usage, file in files:
        with skips.at(file.name):
            before = sum(part.images.size for part in parts)
            parts.append(_read_one(file, usage, pictures.max_pixels, before))
    if not parts:
        raise DataError(f"'{path}' has no archive that can be read", "write or download them again")
    votes = [part.votes for part in parts if part.votes is not None]
    return Faces(
        source=name,
        classes=FER2013,
        images=np.concatenate([part.images for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        names=np.array([face for part in parts for face in part.names], np.str_),
        usages=np.array([usage for part in parts for usage in part.usages], np.str_),
        votes=np.concatenate(votes) if len(votes) == len(parts) else None,
        rows=_rows(parts),
        published=fer2013.published_rows(name),
    )


def _rows(parts: Sequence[_Part]) -> NDArray[np.int64] | None:
    """Return the rows in Kaggle's table; None if an archive lacks them, or if two archives number their own rows."""
    given = [part.rows for part in parts if part.rows is not None]
    rows = np.concatenate(given) if len(given) == len(parts) else None
    return rows if rows is not None and len(np.unique(rows)) == len(rows) else None


def _files(folder: Path) -> list[tuple[str, Path]]:
    return [(usage, file) for usage in SPLITS for file in sorted(folder.glob(f"{usage}*.npz"))]


def _read_one(file: Path, usage: str, most: int, before: int) -> _Part:
    arrays = npz.read(file, ("images", "fer_label"), optional=("ferplus_votes", "row"), most=most, before=before)
    images = npz.grey_faces(file, arrays["images"])
    if images.shape[2] != SIZE:
        raise DataError(f"'{file}' has images of {images.shape[2]} pixels", f"use (N, {SIZE}, {SIZE}) uint8")
    labels = npz.labels(file, arrays["fer_label"], len(FER2013))
    votes, rows = arrays.get("ferplus_votes"), arrays.get("row")
    if votes is not None and (votes.dtype != np.uint8 or votes.shape != (len(labels), len(COLUMNS))):
        raise DataError(
            f"'{file}' has ferplus_votes of shape {votes.shape} and type {votes.dtype}", "use (N, 10) uint8"
        )
    return _Part(
        names=[f"{file.name}:{place}" for place in range(len(labels))],
        usages=[usage] * len(labels),
        images=images,
        labels=labels,
        votes=None if votes is None else votes.astype(np.uint8, copy=False),
        rows=None if rows is None else npz.integers(file, "row", rows),
    )
