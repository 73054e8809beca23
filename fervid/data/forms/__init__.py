"""The supported forms of labelled faces, one in each module; `find` recognises the form of a path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.data.faces import Faces, Skips
from fervid.data.forms import archive, archives, folders, sequences, table
from fervid.data.pictures import Pictures
from fervid.errors import DataError


@dataclass(frozen=True, slots=True)
class Form:
    """One layout of labelled faces on disk.

    Attributes:
        recognises: Returns True if a path has this form, judged without reading it.
        read: Reads the faces at a path.
        framed: True if the images are cropped faces of one size, in which no face needs to be detected.
    """

    recognises: Callable[[Path], bool]
    read: Callable[[Path, Pictures, Skips], Faces]
    framed: bool


FORMS: Final = (
    Form(table.recognises, table.read, framed=True),
    Form(archives.recognises, archives.read, framed=True),
    Form(archive.recognises, archive.read, framed=True),
    Form(sequences.recognises, sequences.read, framed=False),
    Form(folders.recognises, folders.read, framed=False),
)
"""All forms, in the order in which they are tried."""

KNOWN: Final = (
    "give Kaggle's fer2013.csv or a folder that holds it, image folders (train/happy/*.png or happy/*.png), "
    "CK+'s trees, or NumPy archives (.npz)"
)
"""The remedy for a path that has none of the forms."""


def find(path: Path) -> Form:
    """Return the form of `path`.

    Raises:
        DataError: The path does not exist, cannot be read, or has none of the forms.
    """
    try:
        path.stat()
    except FileNotFoundError as error:
        raise DataError(f"'{path}' does not exist", KNOWN) from error
    except OSError as error:
        raise DataError(f"'{path}' cannot be read ({error.strerror})", "check its permissions and the disk") from error
    for form in FORMS:
        if form.recognises(path):
            return form
    raise DataError(f"'{path}' contains no labelled faces", KNOWN)
