"""Rows of CSV tables, with line numbers for error messages."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.cells import unescape_cell
from fervid.core.plurals import counted
from fervid.core.regular_files import read_lines
from fervid.errors import DataError

REPAIR = "correct or remove the line, or skip it with --skip-bad"
"""The remedy for an invalid row."""

_UNDECODABLE: Final = "\N{REPLACEMENT CHARACTER}"
_ENCODE: Final = "save the table as UTF-8"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a CSV table.

    Attributes:
        path: The table.
        line: The number of the row's last line, from 1.
        header: The names of the columns.
        values: The fields, possibly too few or too many.
    """

    path: Path
    line: int
    header: Sequence[str]
    values: Sequence[str]

    @property
    def name(self) -> str:
        """The file and line, such as ``fer2013.csv:17``."""
        return f"{self.path.name}:{self.line}"

    @property
    def where(self) -> str:
        """The file and line for messages, such as ``'data/fer2013.csv', line 17``."""
        return f"'{self.path}', line {self.line}"

    def fields(self) -> dict[str, str]:
        """Return the fields by column, as they were before `escape_cell`.

        Raises:
            DataError: The number of fields differs from that of the columns, or a field is not UTF-8.
        """
        if len(self.values) != len(self.header):
            raise DataError(
                f"{self.where} has {counted(len(self.values), 'field')} instead of {len(self.header)}", REPAIR
            )
        if any(_UNDECODABLE in value for value in self.values):
            raise DataError(f"{self.where} is not UTF-8", f"{_ENCODE}, or skip the line with --skip-bad")
        return dict(zip(self.header, map(unescape_cell, self.values), strict=True))


def read_rows(path: Path, columns: Sequence[str], remedy: str) -> Iterator[Row]:
    """Yield the rows of a table, empty lines left out.

    Args:
        path: The table, in UTF-8.
        columns: The columns that the header must name, in any order and possibly among others.
        remedy: The remedy to suggest for a file that is not such a table.

    Raises:
        DataError: The file cannot be read, or is not a table with these columns.
    """
    line = 0
    no_header = DataError(f"'{path}' does not begin with the header {','.join(columns)}", remedy)
    try:
        # Bytes that are not UTF-8 are replaced; `Row.fields` reports those below the header, because it knows the line.
        with closing(read_lines(path, encoding="utf-8-sig", errors="replace")) as lines:
            table = csv.reader(lines)
            header = [name.strip() for name in next(table, [])]
            if any(_UNDECODABLE in name for name in header):
                raise DataError(f"'{path}', line 1 is not UTF-8", _ENCODE)
            if not set(columns) <= set(header):
                raise no_header
            twice = [column for column in columns if header.count(column) > 1]
            if twice:
                raise DataError(f"'{path}' has the column {twice[0]} twice", remedy)
            line = table.line_num
            for values in table:
                line = table.line_num
                if values:
                    yield Row(path, line, header, values)
    except OSError as error:
        raise DataError(f"'{path}' cannot be read ({error.strerror})", "check its permissions and the disk") from error
    except csv.Error as error:
        if not line:
            raise no_header from error
        raise DataError(f"'{path}' is not valid CSV after line {line} ({error})", f"correct it, or {remedy}") from error
