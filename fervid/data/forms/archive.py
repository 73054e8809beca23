"""Cropped faces in one NumPy archive: a user's own, CK+ as in ``ck48.npz``, or a part of FER2013.

The archive holds ``images``, (N, size, size) uint8, or (N, size, size, 3) in red, green and blue, and ``label`` (N,):
the names of the emotions, or indices into `fervid.core.emotions.CK_PLUS`. It may hold ``name`` (N,), distinct texts,
such as ``S010_004_00000017`` in CK+ for subject, sequence and frame, and ``subject`` (N,), the people shown. With
``fer_label`` in place of ``label``, it is read as one of FER2013's (`fervid.data.forms.archives`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import CK_PLUS
from fervid.data import npz
from fervid.data.class_names import class_of_label, ordered
from fervid.data.faces import Faces, Skips
from fervid.data.forms import archives
from fervid.data.pictures import Pictures
from fervid.data.subjects import subject_of
from fervid.errors import DataError


def recognises(path: Path) -> bool:
    """Return True if `path` is an archive, or a folder with exactly one archive."""
    return _within(path) is not None


def read(path: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the archive at `path`, or in the folder `path`.

    Raises:
        DataError: The archive is damaged or holds other arrays.
    """
    file = _within(path) or path
    arrays = npz.members(file)
    if "fer_label" in arrays and "label" not in arrays:
        return archives.read_file(file, pictures, skips)
    found = npz.read(file, ("images", "label"), optional=("name", "subject"), most=pictures.max_pixels)
    images, given = npz.faces(file, found["images"]), found["label"]
    if given.dtype.kind == "U" and given.ndim == 1:
        words = [class_of_label(text, f"'{file}'") for text in np.unique(given).tolist()]
        classes = ordered(words)
        numbers = dict(zip(np.unique(given).tolist(), map(classes.index, words), strict=True))
        labels = np.array([numbers[text] for text in given.tolist()], np.int64)
    else:
        classes, labels = CK_PLUS, npz.labels(file, given, len(CK_PLUS))
    names, subjects = _texts(file, found, "name"), _texts(file, found, "subject")
    if names is not None and len(np.unique(names)) != len(names):
        raise DataError(f"'{file}' has names that are not distinct", "use (N,) distinct texts")
    if subjects is None and names is not None and classes is CK_PLUS and given.dtype.kind != "U":
        subjects = np.array([subject_of(name) for name in names], np.str_)
    return Faces(
        source=file.stem,
        classes=classes,
        images=images,
        labels=labels,
        names=np.array([f"{file.name}:{place}" for place in range(len(labels))], np.str_) if names is None else names,
        usages=np.full(len(labels), "", np.str_),
        subjects=subjects,
    )


def _texts(file: Path, found: dict[str, Any], name: str) -> NDArray[np.str_] | None:
    """Return one of the arrays as texts; None if the archive lacks it."""
    if name not in found:
        return None
    if found[name].dtype.kind != "U" or found[name].ndim != 1:
        raise DataError(f"'{file}' has {name}s that are not text", "use (N,) texts")
    texts: NDArray[np.str_] = found[name].astype(np.str_)
    return texts


def _within(path: Path) -> Path | None:
    if path.is_dir():
        files = list(path.glob("*.npz"))
        return files[0] if len(files) == 1 else None
    return path if path.suffix.lower() == ".npz" else None
