"""Pictures in a folder for each class: ``train/happy/*.png``, ``test/happy/*.png``, or ``happy/*.png`` alone.

Beside ``train`` there may be ``val`` and ``test``. FER2013 is often found with both its test splits in ``test``, told
apart by ``PublicTest_`` and ``PrivateTest_`` before the names: then they are kept apart. A ``votes.csv`` beside the
folders gives FER+'s votes, a ``subjects.csv`` says who is seen.
"""

from __future__ import annotations

import difflib
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fervid.data import subjects, votes
from fervid.data.class_names import class_of, ordered
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SPLITS, TRAINING
from fervid.data.faces import Faces, Skips
from fervid.data.pictures import Pictures
from fervid.errors import DataError, SourceError
from fervid.sources.inputs import natural, pictures_in

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
"""What folders of splits are called."""

_PUBLIC_IN_TEST: Final = "PublicTest_"
_LITTER: Final = frozenset({"thumbs.db", "desktop.ini"})
"""What Windows puts into folders of pictures."""

_ROW: Final = re.compile(r"(?:[A-Za-z]+_)?(\d{1,18})")

_log = logging.getLogger(__name__)


class _Picture(NamedTuple):
    file: Path
    usage: str
    label: str


def recognises(path: Path) -> bool:
    """Whether `path` is a folder of folders."""
    return path.is_dir() and bool(_subfolders(path))


def read(path: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the pictures below `path`: in the order of the numbers in their names, or else in natural order.

    Raises:
        DataError: Folders are misnamed, missing or empty, or a picture does not decode and `skips` does not allow it.
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
    """The pictures below `path` with what their folders say of them."""
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
            _log.warning("%s has no pictures of %s", split, label)
    return found


def _splits(path: Path) -> list[tuple[str, Path]]:
    """The usage and folder of each split, training first; `path` itself, with no usage, where there are none."""
    folders = _subfolders(path)
    splits = [(USAGES[folder.name.lower()], folder) for folder in folders if folder.name.lower() in USAGES]
    others = [folder for folder in folders if folder.name.lower() not in USAGES]
    if not splits:
        return [("", path)]
    if others:
        close = difflib.get_close_matches(others[0].name.lower(), USAGES, n=1)
        hint = f"did you mean {close[0]}?" if close else "move it away, or into one of them"
        raise DataError(f"{others[0]} lies beside {splits[0][1].name}, but is no split", hint)
    return sorted(splits, key=lambda split: SPLITS.index(split[0]))


def _subfolders(path: Path) -> list[Path]:
    try:
        return natural(entry for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})", "check its permissions and its disk") from error


def _pictures_in(folder: Path) -> list[Path]:
    try:
        pictures = pictures_in(folder)
    except SourceError as error:
        raise DataError(error.problem, "put pictures that can be read into it, or remove it") from error
    others = {entry for entry in folder.iterdir() if not _is_litter(entry)} - set(pictures)
    if others:
        _log.warning("left out of %s what is no picture, such as %s (%d in all)", folder, min(others).name, len(others))
    return pictures


def _is_litter(entry: Path) -> bool:
    return entry.name.startswith(".") or entry.name.lower() in _LITTER


def _usage(file: Path, usage: str) -> str:
    return PUBLIC_TEST if usage == PRIVATE_TEST and file.name.startswith(_PUBLIC_IN_TEST) else usage


def _rows(files: Sequence[Path]) -> NDArray[np.int64] | None:
    """The row that each name tells, as ``00000017.png`` or ``Training_17.png``; None where one tells none."""
    told = [match for file in files if (match := _ROW.fullmatch(file.stem))]
    rows = np.array([int(match[1]) for match in told], np.int64)
    return rows if len(np.unique(rows)) == len(files) else None
