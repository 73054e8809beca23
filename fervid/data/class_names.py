"""Classes by the names that folders and data sets give them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS
from fervid.core.names import NAME_RULE, is_safe_name
from fervid.errors import DataError

SYNONYMS: Final = {
    "anger": "angry",
    "disgusted": "disgust",
    "afraid": "fear",
    "fearful": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
}
"""Names of emotions in other data sets, and fervid's own."""

_KNOWN: Final = (*FER2013, "contempt", *SYNONYMS)
_SETS: Final = (FER2013, FERPLUS, CK_PLUS)
_CLOSE: Final = 0.8
"""The `difflib` ratio from which a name counts as misspelt rather than as a class of the user's own."""


def class_of(folder: Path, expected: Collection[str] = ()) -> str:
    """Return the class that the name of `folder` stands for: an emotion, or a class of the user's own.

    Args:
        folder: A folder of images of one class.
        expected: The classes that may occur; empty if any may.

    Raises:
        DataError: The name looks like a misspelt emotion, or the class is not among `expected`.
    """
    return _class(folder.name, f"'{folder}'", "rename the folder", expected)


def class_of_label(label: str, where: str) -> str:
    """Return the class that a label in words stands for: an emotion, or a class of the user's own.

    Args:
        label: The label.
        where: Its place, for messages.

    Raises:
        DataError: The label looks like a misspelt emotion, or cannot name a class.
    """
    return _class(label, f"the label {label!r} in {where}", "change the label", ())


def _class(text: str, subject: str, change: str, expected: Collection[str]) -> str:
    """Return the class that `text` stands for; `subject` and `change` are parts of messages."""
    name = text.strip().lower()
    if not is_safe_name(name):
        raise DataError(f"{subject} cannot name a class", f"{change}: {NAME_RULE}")
    if name in _KNOWN:
        return SYNONYMS.get(name, name)
    close = difflib.get_close_matches(name, {*_KNOWN, *expected} - {name}, n=1, cutoff=_CLOSE)
    if close and name not in expected:
        raise DataError(f"{subject} is not named after a class", f"did you mean {close[0]}? {change}")
    if expected and name not in expected:
        raise DataError(
            f"{subject} is a class that the training split does not have", f"use {', '.join(sorted(expected))}"
        )
    return name


def ordered(found: Iterable[str]) -> tuple[str, ...]:
    """Return the classes in the order of the label set that they form, or else known emotions first, then by name."""
    names = set(found)
    for known in _SETS:
        if names == set(known):
            return known
    usual = tuple(name for name in (*FER2013, "contempt") if name in names)
    return (*usual, *sorted(names - set(usual)))
