"""Groups of faces, such as ages or cameras: from the data itself, or from a table beside it.

A column may stand in the data, as an array of a NumPy archive or a column of Kaggle's table, or in a table with a row
for each picture or each subject. ``age+gender`` names the column of the pairs of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.data import npz
from fervid.data.faces import Faces, Skips
from fervid.data.forms import table
from fervid.data.table_rows import REPAIR, read_rows
from fervid.errors import DataError

TABLE: Final = "groups.csv"
"""The name of the table beside faces."""

AND: Final = "+"
"""The sign between columns that are crossed."""

_PICTURE: Final = "picture"
_SUBJECT: Final = "subject"
_REMEDY: Final = f"begin it with {_PICTURE} or {_SUBJECT}, then the columns of the groups"

Column = Mapping[str, str]
"""The group of each face or subject, by its name."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceGroups:
    """The groups that faces belong to, and the people whom they show.

    Attributes:
        columns: For each column, the group of each face by the face's name; a face without a group is missing.
        subjects: The person whom each face shows, by the face's name; None if unknown.
    """

    columns: Mapping[str, Column]
    subjects: Column | None = None

    def of(self, column: str, names: NDArray[np.str_]) -> NDArray[np.str_]:
        """Return the group of each face in `names`; empty for a face without a group."""
        groups = self.columns[column]
        return np.array([groups.get(name, "") for name in names.tolist()], np.str_)

    def people(self, names: NDArray[np.str_]) -> NDArray[np.str_] | None:
        """Return the person whom each face in `names` shows; None if unknown.

        A face whose person is unknown, although others are known, counts as a person of its own.
        """
        if self.subjects is None:
            return None
        subjects = self.subjects
        return np.array([subjects.get(name, name) for name in names.tolist()], np.str_)


@dataclass(slots=True)
class _Found:
    """Columns found so far, and the people named by the table."""

    columns: dict[str, Column] = field(default_factory=dict)
    subjects: Column | None = None


def read(
    path: Path, columns: Sequence[str], faces: Faces, *, group_table: Path | None = None, skip_bad: bool = False
) -> FaceGroups:
    """Read the groups of faces.

    Args:
        path: The data set that `faces` were read from.
        columns: The names of columns; those of crossed columns are joined by `AND`.
        faces: The faces, whose names the table repeats.
        group_table: A table with a row for each picture or each subject; by default the columns of the data itself,
            and ``groups.csv`` in the folder of the data or beside its file.
        skip_bad: Continue after an invalid row of the table.

    Raises:
        DataError: A column is not found, a table is invalid, or a column names none of the faces.
    """
    wanted = [part for column in columns for part in column.split(AND)]
    found, skips = _Found(), Skips(skip_bad)
    if group_table is None:
        found.columns.update(_of_table(path, wanted, skips) or _of_archives(path, wanted))
    missing = [name for name in wanted if name not in found.columns]
    if missing:
        listed = group_table or (path / TABLE if path.is_dir() else path.with_name(TABLE))
        if not listed.exists():
            absent = "" if group_table else f"{faces.source} has no column '{missing[0]}', and "
            raise DataError(
                f"{absent}'{listed}' does not exist",
                f"write that table, with the columns {_PICTURE} and {missing[0]}, or name another with --group-table",
            )
        _read_list(listed, missing, faces, skips, found)
    names = set(faces.names.tolist())
    for name in wanted:
        if not names & found.columns[name].keys():
            raise DataError(
                f"the column '{name}' names none of the faces of {faces.source}",
                f"name them by their paths below the folder, or in full, such as {faces.names[0]}",
            )
    subjects = found.subjects
    if faces.subjects is not None:
        subjects = dict(zip(faces.names.tolist(), faces.subjects.tolist(), strict=True))
    return FaceGroups({column: _crossed(column, found.columns) for column in columns}, subjects)


def _crossed(column: str, columns: Mapping[str, Column]) -> Column:
    """Return a column, or the pairs of the groups of crossed columns, without the faces that have no group."""
    parts = [columns[part] for part in column.split(AND)]
    pairs = {name: [part.get(name, "") for part in parts] for name in parts[0]}
    return {name: ", ".join(groups) for name, groups in pairs.items() if all(groups)}


def _of_table(path: Path, wanted: Sequence[str], skips: Skips) -> dict[str, Column]:
    """Return those of the columns that stand in Kaggle's table."""
    found: dict[str, dict[str, str]] = {}
    for row in read_rows(table.file_in(path), (), _REMEDY) if table.recognises(path) else ():
        present = [name for name in wanted if name in row.header]
        if not present:
            break
        with skips.at(row.name):
            fields = row.fields()
            for name in present:
                found.setdefault(name, {})[row.name] = fields[name].strip()
    return dict(found)


def _of_archives(path: Path, wanted: Sequence[str]) -> dict[str, Column]:
    """Return those of the columns that are arrays of the archive at `path`, or of the archives in that folder."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(path.glob("*.npz")) if path.is_dir() else [path]:
        present = [name for name in wanted if name in npz.members(file)]
        if not present:
            continue
        arrays = npz.read(file, present, optional=("label", "fer_label", "name"))
        names = [f"{file.name}:{place}" for place in range(len(arrays[present[0]]))]
        if "name" in arrays:
            names = arrays["name"].astype(np.str_).tolist()
        for column in present:
            found.setdefault(column, {}).update(zip(names, _texts(file, column, arrays[column]), strict=True))
    return dict(found)


def _texts(file: Path, column: str, array: npz.Array) -> list[str]:
    if array.ndim != 1 or array.dtype.kind not in "Uiub":
        raise DataError(
            f"'{file}' has {column} of shape {array.shape} and type {array.dtype}", "use (N,) texts or whole numbers"
        )
    return [str(value).strip() for value in array.tolist()]


def _read_list(path: Path, wanted: Sequence[str], faces: Faces, skips: Skips, found: _Found) -> None:
    """Read columns from a table with a row for each picture or each subject."""
    rows = list(read_rows(path, (), _REMEDY))
    if not rows:
        raise DataError(f"'{path}' has no rows", f"write one for each {_PICTURE} or each {_SUBJECT}")
    key = _key(path, rows[0].header, wanted)
    if key == _SUBJECT and faces.subjects is None:
        raise DataError(
            f"'{path}' names subjects, but who is shown in {faces.source} is not recorded",
            f"give the table a column {_PICTURE} too",
        )
    columns: dict[str, dict[str, str]] = {name: {} for name in wanted}
    subjects: dict[str, str] = {}
    for row in rows:
        with skips.at(row.name):
            fields = {name: text.strip() for name, text in row.fields().items()}
            for name in wanted:
                group = columns[name].setdefault(fields[key], fields[name])
                if group != fields[name]:
                    raise DataError(f"{row.where} has another {name} for {fields[key]} than a line before", REPAIR)
            if key == _PICTURE and fields.get(_SUBJECT):
                subjects[fields[key]] = fields[_SUBJECT]
    if key == _SUBJECT and faces.subjects is not None:
        shown = list(zip(faces.names.tolist(), faces.subjects.tolist(), strict=True))
        columns = {
            name: {face: groups[subject] for face, subject in shown if subject in groups}
            for name, groups in columns.items()
        }
    found.columns.update(columns)
    found.subjects = subjects or None


def _key(path: Path, header: Sequence[str], wanted: Sequence[str]) -> str:
    """Return the column that says whose groups a row holds, in a table with all columns that are wanted."""
    key = next((name for name in (_PICTURE, _SUBJECT) if name in header), None)
    if key is None:
        raise DataError(f"'{path}' has no column {_PICTURE} or {_SUBJECT}", _REMEDY)
    for name in wanted:
        if name not in header:
            others = [other for other in header if other not in (_PICTURE, _SUBJECT)]
            remedy = f"choose from {', '.join(others)}" if others else _REMEDY
            raise DataError(f"'{path}' has no column '{name}'", remedy)
    for name in (key, *wanted):
        if header.count(name) > 1:
            raise DataError(f"'{path}' has the column {name} twice", "rename or remove one of the two")
    return key
