"""CK+ as it is published (Lucey et al. 2010), and data in the same layout: a tree of sequences and a tree of labels.

Each folder of images below ``extended-cohn-kanade-images/cohn-kanade-images`` or ``cohn-kanade-images``, such as
``S010/004``, is a sequence that begins neutral and ends at the peak of the expression. The same folder below
``Emotion`` or ``Emotion_labels`` holds a text file with the number of the emotion; sequences without one are skipped.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from fervid.core.emotions import CK_PLUS
from fervid.core.regular_files import SMALL, read_regular
from fervid.data.faces import Faces, Skips
from fervid.data.pictures import Pictures
from fervid.data.subjects import subject_of
from fervid.errors import DataError, SourceError
from fervid.sources.folder_tree import natural_order
from fervid.sources.inputs import pictures_in

_IMAGES: Final = ("extended-cohn-kanade-images/cohn-kanade-images", "cohn-kanade-images")
_LABELS: Final = ("Emotion_labels/Emotion", "Emotion_labels", "Emotion")
_TEXTS: Final = "[!.]*.txt"
_REMEDY: Final = "give CK+'s two trees, of images and of emotions"


def recognises(path: Path) -> bool:
    """Return True if `path` is a folder that holds the sequences under their published name."""
    return _within(path, _IMAGES) is not None


def read(path: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the two trees in `path`, found by their published names; see `read_trees`.

    Raises:
        DataError: There is no tree of labels, or an item is invalid and `skips` does not allow it.
    """
    images, labels = _within(path, _IMAGES) or path, _within(path, _LABELS)
    if labels is None:
        raise DataError(
            f"'{path}' has no labels for '{images}'", "put CK+'s Emotion folder into it, or name it with --label-tree"
        )
    return read_trees(images, labels, pictures, skips)


def read_trees(images: Path, labels: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the last 30 % of each labelled sequence, where the expression is strong.

    Args:
        images: The tree of sequences.
        labels: The tree of labels, with the same folders.
        pictures: The converter from images to faces.
        skips: The policy for invalid labels and images that do not decode.

    Raises:
        DataError: No sequence has a label, or an item is invalid and `skips` does not allow it.
    """
    for tree in (images, labels):
        if not tree.is_dir():
            raise DataError(f"'{tree}' is not a folder", _REMEDY)
    files: list[Path] = []
    numbers: list[int] = []
    # Text files at the top of the tree are not labels; they describe the data set.
    for folder in natural_order({text.parent for text in labels.glob(f"*/**/{_TEXTS}")}):
        sequence = folder.relative_to(labels)
        with skips.at(sequence.as_posix()):
            label, frames = _label(folder), _frames(images / sequence)
            files += frames
            numbers += [label] * len(frames)
    if not files:
        raise DataError(f"'{labels}' has no label for any sequence in '{images}'", _REMEDY)
    names = [file.relative_to(images).as_posix() for file in files]
    faces, kept = pictures.read(files, names, skips)
    return Faces(
        source=images.resolve().name,
        classes=CK_PLUS,
        images=faces,
        labels=np.array(numbers, np.int64)[kept],
        names=np.array(names, np.str_)[kept],
        usages=np.full(len(kept), "", np.str_),
        subjects=np.array([subject_of(name.split("/")[0]) for name in names], np.str_)[kept],
    )


def _within(path: Path, names: tuple[str, ...]) -> Path | None:
    return next((path / name for name in names if (path / name).is_dir()), None)


def _label(folder: Path) -> int:
    """Return the index into `CK_PLUS` from the text in `folder`, such as ``   3.0000000e+00``; CK+ counts from 1."""
    text, *others = natural_order(folder.glob(_TEXTS))
    if others:
        raise DataError(
            f"'{folder}' has {len(others) + 1} labels", "keep one of them, or skip the sequence with --skip-bad"
        )
    try:
        number = float(read_regular(text, SMALL))
    except (OSError, ValueError) as error:
        remedy = "correct or remove it, or skip the sequence with --skip-bad"
        raise DataError(f"'{text}' does not contain a number", remedy) from error
    if number not in range(1, len(CK_PLUS) + 1):
        raise DataError(f"'{text}' contains the emotion {number:g}", f"use 1 ({CK_PLUS[0]}) to 7 ({CK_PLUS[-1]})")
    return int(number) - 1


def _frames(folder: Path) -> list[Path]:
    try:
        frames = pictures_in(folder)
    except SourceError as error:
        remedy = "add the sequence, or skip it with --skip-bad"
        raise DataError(f"{error.problem}, but the sequence has a label", remedy) from error
    return frames[-_last_part(len(frames)) :]


def _last_part(count: int) -> int:
    """Return 30 % of `count`, rounded up."""
    return -(-count * 3 // 10)
