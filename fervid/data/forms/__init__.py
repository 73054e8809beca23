"""The forms in which people have labelled faces, each in a module of its own; `find` knows which one a path has."""

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
    """One way in which faces lie on a disk.

    Attributes:
        recognises: Whether a path has this form, by a look from outside.
        read: Reads the faces below a path.
        framed: Whether its pictures are faces of one size already, which need not be found.
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
"""In the order in which they are tried."""

KNOWN: Final = (
    "give Kaggle's fer2013.csv or a folder that holds it, image folders (train/happy/*.png or happy/*.png), "
    "CK+'s trees, or NumPy archives"
)
"""What to do about a path of no form."""


def find(path: Path) -> Form:
    """The form that `path` has.

    Raises:
        DataError: It does not exist, may not be read, or has none.
    """
    try:
        path.stat()
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist", KNOWN) from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})", "check its permissions and its disk") from error
    for form in FORMS:
        if form.recognises(path):
            return form
    raise DataError(f"{path} holds no labelled faces", KNOWN)
