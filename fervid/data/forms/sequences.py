"""CK+ as it is published (Lucey et al. 2010), and whatever has its shape: a tree of sequences and a tree of labels.

Below ``extended-cohn-kanade-images/cohn-kanade-images`` or ``cohn-kanade-images`` each folder that holds pictures, such
as ``S010/004``, is a sequence that begins neutral and ends at the full expression. The same folder below ``Emotion`` or
``Emotion_labels`` holds a text with the number of the emotion; sequences without one are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from fervid.core.emotions import CK_PLUS
from fervid.data.faces import Faces, Skips
from fervid.data.pictures import Pictures
from fervid.data.subjects import subject_of
from fervid.errors import DataError, SourceError
from fervid.sources.inputs import natural, pictures_in

_IMAGES: Final = ("extended-cohn-kanade-images/cohn-kanade-images", "cohn-kanade-images")
_LABELS: Final = ("Emotion_labels/Emotion", "Emotion_labels", "Emotion")
_TEXTS: Final = "[!.]*.txt"
_REMEDY: Final = "give the two trees of CK+, pictures and emotions"


def recognises(path: Path) -> bool:
    """Whether `path` is a folder that holds the sequences by the name that they are published with."""
    return _within(path, _IMAGES) is not None


def read(path: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the trees in `path`, by their names, as `read_trees` does.

    Raises:
        DataError: There is no tree of labels; or something is wrong and `skips` does not allow it.
    """
    images, labels = _within(path, _IMAGES) or path, _within(path, _LABELS)
    if labels is None:
        raise DataError(f"{path} has no labels for {images}", "put CK+'s Emotion into it, or give it by --label-tree")
    return read_trees(images, labels, pictures, skips)


def read_trees(images: Path, labels: Path, pictures: Pictures, skips: Skips) -> Faces:
    """Read the last 30 % of each labelled sequence, where the expression is strong.

    Args:
        images: The tree of sequences.
        labels: The tree of labels, with the same folders.
        pictures: How pictures become faces.
        skips: What to do with a wrong label, or a picture that does not decode.

    Raises:
        DataError: No sequence has a label; or something is wrong and `skips` does not allow it.
    """
    for tree in (images, labels):
        if not tree.is_dir():
            raise DataError(f"{tree} is no folder", _REMEDY)
    files: list[Path] = []
    numbers: list[int] = []
    # Not the texts at the top of the tree: they are no labels but tell about the whole.
    for folder in natural({text.parent for text in labels.glob(f"*/**/{_TEXTS}")}):
        sequence = folder.relative_to(labels)
        with skips.at(sequence.as_posix()):
            label, frames = _label(folder), _frames(images / sequence)
            files += frames
            numbers += [label] * len(frames)
    if not files:
        raise DataError(f"{labels} has no label for a sequence in {images}", _REMEDY)
    names = [file.relative_to(images).as_posix() for file in files]
    faces, kept = pictures.read(files, names, skips)
    return Faces(
        source=images.name,
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
    """The place in `CK_PLUS` that the text in `folder`, such as ``   3.0000000e+00``, tells; CK+ counts from 1."""
    text, *others = natural(folder.glob(_TEXTS))
    if others:
        raise DataError(f"{folder} has {len(others) + 1} labels", "keep one of them, or leave it out with --skip-bad")
    try:
        number = float(text.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{text} holds no number", "repair or remove it, or leave it out with --skip-bad") from error
    if number not in range(1, len(CK_PLUS) + 1):
        raise DataError(f"{text} has the emotion {number:g}", f"use 1 ({CK_PLUS[0]}) to 7 ({CK_PLUS[-1]})")
    return int(number) - 1


def _frames(folder: Path) -> list[Path]:
    try:
        frames = pictures_in(folder)
    except SourceError as error:
        raise DataError(f"{error.problem}, but there is a label for it", "get the sequence, or --skip-bad") from error
    return frames[-_last_part(len(frames)) :]


def _last_part(count: int) -> int:
    """30 % of `count`, rounded up."""
    return -(-count * 3 // 10)
