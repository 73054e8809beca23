"""Cropped faces of CK+ in one NumPy archive, such as ``ck48.npz``.

The archive holds ``images`` (N, size, size) uint8, ``label`` (N,), indices into `fervid.core.emotions.CK_PLUS`, and
``name`` (N,), such as ``S010_004_00000017`` for subject, sequence and frame.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fervid.core.emotions import CK_PLUS
from fervid.data import npz
from fervid.data.faces import Faces, Skips
from fervid.data.pictures import Pictures
from fervid.data.subjects import subject_of
from fervid.errors import DataError


def recognises(path: Path) -> bool:
    """Return True if `path` is an archive, or a folder with exactly one archive."""
    return _within(path) is not None


def read(path: Path, pictures: Pictures, _skips: Skips) -> Faces:
    """Read the archive at `path`, or in the folder `path`.

    Raises:
        DataError: The archive is damaged or holds other arrays.
    """
    file = _within(path) or path
    arrays = npz.read(file, ("images", "label", "name"), most=pictures.max_pixels)
    names = arrays["name"]
    if names.dtype.kind != "U" or len(np.unique(names)) != len(names):
        raise DataError(f"'{file}' has names that are not text, or not distinct", "use (N,) distinct texts")
    texts = names.astype(np.str_)
    return Faces(
        source=file.stem,
        classes=CK_PLUS,
        images=npz.grey_faces(file, arrays["images"]),
        labels=npz.labels(file, arrays["label"], len(CK_PLUS)),
        names=texts,
        usages=np.full(len(texts), "", np.str_),
        subjects=np.array([subject_of(name) for name in texts], np.str_),
    )


def _within(path: Path) -> Path | None:
    if path.is_dir():
        files = list(path.glob("*.npz"))
        return files[0] if len(files) == 1 else None
    return path if path.suffix.lower() == ".npz" else None
