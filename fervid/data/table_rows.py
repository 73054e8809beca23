"""Tables read row by row, so that a mistake can be named by its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.errors import DataError

REPAIR = "repair or remove the line, or leave it out with --skip-bad"
"""What to do about a wrong row."""

_UNDECODABLE: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a CSV table.

    Attributes:
        path: The table.
        line: The row's last line in it, from 1.
        header: What the columns are called.
        values: Its fields, maybe too few or too many.
    """

    path: Path
    line: int
    header: Sequence[str]
    values: Sequence[str]

    @property
    def name(self) -> str:
        """As ``fer2013.csv:17``."""
        return f"{self.path.name}:{self.line}"

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.path}, line {self.line}"

    def fields(self) -> dict[str, str]:
        """Its fields by column.

        Raises:
            DataError: There are more or fewer fields than columns, or one is not UTF-8.
        """
        if len(self.values) != len(self.header):
            raise DataError(f"{self.where} has {len(self.values)} fields, not {len(self.header)}", REPAIR)
        if any(_UNDECODABLE in value for value in self.values):
            raise DataError(f"{self.where} is not UTF-8", REPAIR)
        return dict(zip(self.header, self.values, strict=True))


def read_rows(path: Path, columns: Sequence[str], remedy: str) -> Iterator[Row]:
    """Yield the rows of a table, without empty lines.

    Args:
        path: The table, in UTF-8.
        columns: Those that its header must name, in any order and among others.
        remedy: What to do about a file that is no such table.

    Raises:
        DataError: It cannot be read, or is no table with these columns.
    """
    line = 0
    try:
        # What does not decode is left to its row, which names its line and may be skipped.
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            table = csv.reader(file)
            header = [name.strip() for name in next(table, [])]
            if not set(columns) <= set(header):
                raise DataError(f"{path} does not begin with the header {','.join(columns)}", remedy)
            twice = [column for column in columns if header.count(column) > 1]
            if twice:
                raise DataError(f"{path} has the column {twice[0]} twice", remedy)
            for values in table:
                line = table.line_num
                if values:
                    yield Row(path, line, header, values)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})", "check its permissions and its disk") from error
    except csv.Error as error:
        raise DataError(f"{path} is not CSV after line {line} ({error})", f"repair it, or {remedy}") from error
