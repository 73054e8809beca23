"""Lists of faces to leave out, and why: what ``fervid data clean`` writes and training reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from fervid.core.files import make_folder, write_text
from fervid.data.faces import Faces
from fervid.data.table_rows import read_rows
from fervid.errors import DataError


@dataclass(frozen=True, slots=True)
class Drop:
    """A face to leave out: a row of the list.

    Attributes:
        split: The one it is in; empty where the source has none.
        face: Its name, as in `Faces.names`.
        label: Its class; empty where it could not be read.
        reason: One of `fervid.data.clean.REASONS`.
        detail: What was measured.
    """

    split: str
    face: str
    label: str
    reason: str
    detail: str


HEADER = tuple(field.name for field in fields(Drop))


def write(path: Path, drops: Iterable[Drop]) -> None:
    """Write a list as CSV.

    Raises:
        OutputError: It cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADER)
    table.writerows(map(astuple, drops))
    make_folder(path.parent)
    write_text(path, text.getvalue())


def without(faces: Faces, path: Path) -> Faces:
    """`faces` but for those that the list at `path` names.

    Raises:
        DataError: It is no such list, or names a face that is not there: it was made of other data.
    """
    remedy = "make the list anew with fervid data clean"
    skipped = {item.name for item in faces.skipped}
    known = set(faces.names.tolist())
    named = set()
    for row in read_rows(path, HEADER, remedy):
        name = row.fields()["face"]
        if name not in known and name not in skipped:
            raise DataError(f"{row.where} names the face {name!r}, which {faces.source} does not have", remedy)
        named.add(name)
    return faces.take(np.array([name not in named for name in faces.names], np.bool_))
