"""Lists of faces to leave out of training, as ``fervid data clean`` writes them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from fervid.core.cells import escape_cell
from fervid.core.files import make_folder, write_text
from fervid.data.faces import Faces
from fervid.data.table_rows import read_rows
from fervid.errors import DataError


@dataclass(frozen=True, slots=True)
class Drop:
    """A face to leave out: one row of the list.

    Attributes:
        split: The split of the face; empty if the source has no splits.
        face: The name of the face, as in `Faces.names`.
        label: The class of the face; empty if it could not be read.
        reason: One of `fervid.data.clean.REASONS`.
        detail: The measurement behind the reason.
    """

    split: str
    face: str
    label: str
    reason: str
    detail: str


HEADER = tuple(field.name for field in fields(Drop))


def write(path: Path, drops: Iterable[Drop]) -> None:
    """Write the list as CSV.

    Raises:
        OutputError: The file cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADER)
    table.writerows(map(escape_cell, astuple(drop)) for drop in drops)
    make_folder(path.parent)
    write_text(path, text.getvalue())


def without(faces: Faces, path: Path) -> Faces:
    """Return `faces` without those named in the list at `path`.

    Raises:
        DataError: The file is not such a list, or it names a face that does not exist because it was made from other
            data.
    """
    remedy = "make the list again with fervid data clean"
    skipped = {item.name for item in faces.skipped}
    known = set(faces.names.tolist())
    named = set()
    for row in read_rows(path, HEADER, remedy):
        name = row.fields()["face"]
        if name not in known and name not in skipped:
            raise DataError(f"{row.where} names the face {name!r}, which is not in {faces.source}", remedy)
        named.add(name)
    return faces.take(np.array([name not in named for name in faces.names], np.bool_))
