"""Images in a folder for each class: ``train/happy/*.png``, ``test/happy/*.png``, or ``happy/*.png`` alone.

``val`` and ``test`` may lie beside ``train``. FER2013 is often distributed with both its test splits in ``test``,
distinguished by the prefixes ``PublicTest_`` and ``PrivateTest_``; they are then separated. FER+'s votes are read from
``votes.csv`` beside the folders, and subjects from ``subjects.csv``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fervid.core.registry import suggestion
from fervid.data import subjects, votes
from fervid.data.class_names import class_of, ordered
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SPLITS, TRAINING
from fervid.data.faces import Faces, Skips
from fervid.data.pictures import Pictures
from fervid.errors import DataError, SourceError
from fervid.sources.folder_tree import natural_order
from fervid.sources.inputs import pictures_in

USAGES: Final = {
    "train": TRAINING,
    "training": TRAINING,
    "val": PUBLIC_TEST,
    "valid": PUBLIC_TEST,
    "validation": PUBLIC_TEST,
    "public_test": PUBLIC_TEST,
    "test": PRIVATE_TEST,
    "private_test": PRIVATE_TEST,
}
"""The names of folders that hold a split."""

_PUBLIC_IN_TEST: Final = "PublicTest_"
_LITTER: Final = frozenset({"thumbs.db", "desktop.ini"})
"""Files that Windows puts into folders of pictures."""

_ROW: Final = re.compile(r"(?:[A-Za-z]+_)?(\d{1,18})")

_log = logging.getLogger(__name__)


class _Picture(NamedTuple):
    file: Path
    usage: str
    label: str


def recognises(path: Path) -> bool:
    """Return True if `path` is a folder of folders."""
    return path.is_dir() and bool(_subfolders(path))


def read(path: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the images below `path`, in the order of the numbers in their names, or otherwise in natural order.

    Raises:
        DataError: Folders are misnamed, missing or empty; or an image does not decode and `skips` does not allow it.
    """
    found = _found(path, skips)
    rows = _rows([picture.file for picture in found])
    if rows is not None:
        found = [found[place] for place in rows.argsort()]
        rows.sort()
    names = [picture.file.relative_to(path).as_posix() for picture in found]
    images, kept = pictures.read([picture.file for picture in found], names, skips)
    classes = ordered(found[place].label for place in kept)
    ballots, people = path / votes.LIST, path / subjects.LIST
    faces = Faces(
        source=path.resolve().name,
        classes=classes,
        images=images,
        labels=np.array([classes.index(found[place].label) for place in kept], np.int64),
        names=np.array([names[place] for place in kept], np.str_),
        usages=np.array([found[place].usage for place in kept], np.str_),
        subjects=subjects.read_list(people, names, skips)[kept] if people.is_file() else None,
        votes=votes.read_list(ballots, names, skips)[kept] if ballots.is_file() else None,
        rows=None if rows is None else rows[kept],
    )
    return faces if faces.subjects is None else faces.take(faces.subjects != "")


def _found(path: Path, skips: Skips) -> list[_Picture]:
    """Return the images below `path`, with the split and label that their folders give."""
    found: list[_Picture] = []
    first: set[str] = set()
    for usage, split in _splits(path):
        classes: set[str] = set()
        for folder in _subfolders(split):
            with skips.at(folder.relative_to(path).as_posix()):
                label = class_of(folder, first)
                found += [_Picture(file, _usage(file, usage), label) for file in _pictures_in(folder)]
                classes.add(label)
        first = first or classes
        for label in sorted(first - classes):
            _log.warning("'%s' has no images of %s", split, label)
    return found


def _splits(path: Path) -> list[tuple[str, Path]]:
    """Return the name and folder of each split, training first; `path` itself with no name if it has no splits."""
    folders = _subfolders(path)
    splits = [(USAGES[folder.name.lower()], folder) for folder in folders if folder.name.lower() in USAGES]
    others = [folder for folder in folders if folder.name.lower() not in USAGES]
    if not splits:
        return [("", path)]
    if others:
        remedy = suggestion(others[0].name.lower(), USAGES) or "move it elsewhere, or into one of the splits"
        raise DataError(f"'{others[0]}' lies beside the split {splits[0][1].name}, but is not a split", remedy)
    return sorted(splits, key=lambda split: SPLITS.index(split[0]))


def _subfolders(path: Path) -> list[Path]:
    try:
        return natural_order(entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise DataError(f"'{path}' cannot be read ({error.strerror})", "check its permissions and the disk") from error


def _pictures_in(folder: Path) -> list[Path]:
    try:
        pictures = pictures_in(folder)
    except SourceError as error:
        raise DataError(error.problem, "add images to it, or remove it") from error
    others = {entry for entry in folder.iterdir() if not _is_litter(entry)} - set(pictures)
    if others:
        _log.warning(
            "'%s' contains files that are not images, such as %s (%d in all); they are ignored",
            folder,
            min(others).name,
            len(others),
        )
    return pictures


def _is_litter(entry: Path) -> bool:
    return entry.name.startswith(".") or entry.name.lower() in _LITTER


def _usage(file: Path, usage: str) -> str:
    return PUBLIC_TEST if usage == PRIVATE_TEST and file.name.startswith(_PUBLIC_IN_TEST) else usage


def _rows(files: Sequence[Path]) -> NDArray[np.int64] | None:
    """Return the row in each name, such as ``00000017.png`` or ``Training_17.png``; None if any name has none."""
    matches = [match for file in files if (match := _ROW.fullmatch(file.stem))]
    rows = np.array([int(match[1]) for match in matches], np.int64)
    return rows if len(np.unique(rows)) == len(files) else None
