"""Tables read row by row, so that a mistake can be named by its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fervid.errors import DataError

REPAIR = "repair or remove the line, or leave it out with --skip-bad"
"""What to do about a wrong row."""


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
            DataError: There are more or fewer fields than columns.
        """
        if len(self.values) != len(self.header):
            raise DataError(f"{self.where} has {len(self.values)} fields, not {len(self.header)}", REPAIR)
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
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = csv.reader(file)
            header = [name.strip() for name in next(table, [])]
            if not set(columns) <= set(header):
                raise DataError(f"{path} does not begin with the header {','.join(columns)}", remedy)
            for values in table:
                if values:
                    yield Row(path, table.line_num, header, values)
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})", "check its permissions and its disk") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV table ({error})", remedy) from error
