"""From the names of folders to classes."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS
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
"""Other names of emotions that data sets use."""

_KNOWN: Final = (*FER2013, "contempt", *SYNONYMS)
_SETS: Final = (FER2013, FERPLUS, CK_PLUS)
_CLOSE: Final = 0.8
"""From here on a name is a slip of the pen rather than a class of the user's own (`difflib` ratio)."""


def class_of(folder: Path, expected: Collection[str] = ()) -> str:
    """The class whose pictures `folder` holds: an emotion, or a class of the user's own.

    Args:
        folder: Its name is that of the class.
        expected: The classes that the user's own are among; empty where they are not known yet.

    Raises:
        DataError: Its name is nearly, but not quite, that of an emotion; or the class is not an expected one.
    """
    name = folder.name.strip().lower()
    if name in _KNOWN:
        return SYNONYMS.get(name, name)
    close = difflib.get_close_matches(name, {*_KNOWN, *expected} - {name}, n=1, cutoff=_CLOSE)
    if close and name not in expected:
        raise DataError(f"{folder} has the name of no class", f"did you mean {close[0]}? rename the folder")
    if expected and name not in expected:
        raise DataError(f"{folder} is a class that training lacks", f"use {', '.join(sorted(expected))}")
    return name


def ordered(found: Iterable[str]) -> tuple[str, ...]:
    """The classes in the order of the label set that they are; other sets as FER2013's, contempt, the user's own."""
    names = set(found)
    for known in _SETS:
        if names == set(known):
            return known
    usual = tuple(name for name in (*FER2013, "contempt") if name in names)
    return (*usual, *sorted(names - set(usual)))
