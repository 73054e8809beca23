"""The table of a run: a row for each input and face."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

from typing_extensions import Self

from fervid.core.cells import escape_cell
from fervid.formats.context import STANDARD
from fervid.formats.csv import BY_NAME
from fervid.formats.file_output import Atomic
from fervid.formats.rows import fixed_point
from fervid.run.results import Results
from fervid.smooth.face_summary import FaceSummary

FIXED_COLUMNS: Final = (
    "file",
    "face_id",
    "seconds",
    "absent_s",
    "no_face_s",
    "transitions",
    "longest_emotion",
    "longest_s",
    "mean_quality",
)
"""The columns before those of the emotions."""


class SummaryTable:
    """A table of the totals of all faces of a run, as CSV. It is written as a whole when `finish` is called.

    As a context manager, it writes nothing unless `finish` was called.

    Args:
        target: The file to write.
        dialect: The dialect of CSV.
        overwrite: True to replace a file at the target.
        resume: True to replace a table at the target that an earlier run wrote.

    Raises:
        OutputError: The file exists, or cannot be written.
    """

    def __init__(self, target: Path, *, dialect: str = STANDARD, overwrite: bool = False, resume: bool = False) -> None:
        self._output = Atomic(target, overwrite=overwrite or (resume and _is_table(target)))
        self._dialect = BY_NAME[dialect]
        self._rows: list[tuple[str, FaceSummary]] = []

    def add(self, source: Path, summaries: Sequence[FaceSummary]) -> None:
        """Add the faces of an input."""
        self._rows.extend((str(source), summary) for summary in summaries)

    def finish(self) -> Path | None:
        """Write the table, in the order of the names of the inputs, and give it its name.

        Returns:
            The file.

        Raises:
            OutputError: The table cannot be written.
        """
        self._rows.sort(key=lambda row: (row[0], row[1].face_id or 0))
        emotions = list(dict.fromkeys(emotion for _, summary in self._rows for emotion in summary.seconds))
        text = io.StringIO()
        rows = csv.writer(text, delimiter=self._dialect.delimiter)
        rows.writerow([*FIXED_COLUMNS, *(f"{name}_s" for name in emotions), *(f"{name}_share" for name in emotions)])
        rows.writerows(self._cells(name, summary, emotions) for name, summary in self._rows)
        stream = self._output.open()
        with self._output.guard():
            stream.write((self._dialect.mark + text.getvalue()).encode("utf-8", "replace"))
        return self._output.commit()

    def discard(self) -> None:
        """Write nothing. Has no effect after `finish`."""
        self._output.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def _cells(self, name: str, summary: FaceSummary, emotions: Sequence[str]) -> list[str]:
        def number(value: float | None, digits: int) -> str:
            return "" if value is None else fixed_point(value, digits).replace(".", self._dialect.decimal)

        longest = None if summary.longest_emotion is None else summary.longest
        return [
            escape_cell(name),
            "" if summary.face_id is None else str(summary.face_id),
            *(number(value, 3) for value in (summary.total, summary.absent, summary.no_face)),
            str(summary.transitions),
            summary.longest_emotion or "",
            number(longest, 3),
            number(summary.mean_quality, 4),
            *(number(summary.seconds.get(emotion, 0.0), 3) for emotion in emotions),
            *(number(summary.share(emotion) if summary.total else None, 4) for emotion in emotions),
        ]


def open_summary(target: Path, results: Results, *, resume: bool = False) -> SummaryTable:
    """Open the table of a run.

    Args:
        target: The file to write.
        results: The results of the run, whose dialect of CSV it has, and which may replace files.
        resume: True to replace a table that an earlier run wrote.

    Raises:
        OutputError: The file exists, or cannot be written.
    """
    return SummaryTable(target, dialect=results.dialect, overwrite=results.overwrite, resume=resume)


def _is_table(path: Path) -> bool:
    """Return True if a file begins with the header of such a table, in any dialect."""
    beginnings = tuple(
        f"{dialect.mark}{dialect.delimiter.join(FIXED_COLUMNS)}".encode() for dialect in BY_NAME.values()
    )
    try:
        with path.open("rb") as file:
            return file.read(len(max(beginnings, key=len))).startswith(beginnings)
    except OSError:
        return False
