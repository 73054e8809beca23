"""CSV (RFC 4180): timelines, a row for each face and frame; tables, a row for each face and picture."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from fervid.core.cells import escape_cell
from fervid.core.files import require_file
from fervid.core.readings import FaceReading, FrameReading
from fervid.core.regular_files import read_lines
from fervid.formats.columns import EMOTION_PLACE, FIXED_COLUMNS, Columns, header
from fervid.formats.context import EXCEL, STANDARD, Context
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.output import Output
from fervid.formats.parsed_rows import append_row, errors_about, parse_row
from fervid.formats.photo_table import DIGITS, PhotoReading, round_probabilities
from fervid.formats.rows import fixed_point, frame_rows, pose_texts, quality_text, time_digits
from fervid.formats.sidecar import read_sidecar

if TYPE_CHECKING:
    import _csv

TABLE_COLUMNS: Final = ("file", "face", *FIXED_COLUMNS[FIXED_COLUMNS.index("x") :])
"""The columns of a table before those of the classes."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect of CSV.

    Attributes:
        delimiter: The character between two cells.
        decimal: The decimal sign.
        mark: The byte order mark before the first cell, or nothing.
    """

    delimiter: str = ","
    decimal: str = "."
    mark: str = ""

    def written(self, row: Sequence[str]) -> Sequence[str]:
        """Return a row with the decimal sign of the dialect."""
        return row if self.decimal == "." else _replaced(row, ".", self.decimal)

    def line(self, cells: Sequence[str]) -> str:
        """Return cells, which have the decimal sign already, as a line with its end."""
        text = io.StringIO()
        csv.writer(text, delimiter=self.delimiter).writerow(cells)
        return text.getvalue()

    def read(self, row: Sequence[str]) -> Sequence[str]:
        """Return a row of the dialect with decimal points."""
        return row if self.decimal == "." else _replaced(row, self.decimal, ".")


_REMEDY: Final = "give a CSV file that fervid wrote, unchanged"

BY_NAME: Final = {STANDARD: Dialect(), EXCEL: Dialect(";", ",", "\ufeff")}
"""The dialects by the names in `fervid.formats.context.DIALECTS`."""


class CsvWriter(TimelineWriter):
    """A writer of a timeline as CSV, row by row, in UTF-8; without a byte order mark, unless the dialect has one.

    A frame without a face has a row with empty face fields. A frame that was not analysed has no row. Lines end in
    CR LF as RFC 4180 demands, on every system and on standard output too.

    Args:
        output: The place that the timeline is written to.
        context: `Context.classes` names the columns; `Context.empty` is False to leave out frames without a face;
            `Context.valence` adds a column, and `Context.dialect` chooses delimiter and decimal sign.
    """

    def __init__(self, output: Output, context: Context) -> None:
        super().__init__(output)
        self._classes = context.classes
        self._empty = context.empty
        self._valence = context.valence
        self._dialect = BY_NAME[context.dialect]
        self._digits = time_digits(context.interval)
        self._has_header = False
        self._rows = csv.writer(codecs.getwriter("utf-8")(self._stream), delimiter=self._dialect.delimiter)
        if output.in_place:
            with output.guard():
                self._write_header()
                output.end_head()

    @override
    def _append(self, reading: FrameReading) -> None:
        self._write_header()
        if reading.analysed and (reading.faces or self._empty):
            rows = frame_rows(reading, self._classes, self._digits, valence=self._valence)
            self._rows.writerows(self._dialect.written(row) for row in rows)

    @override
    def _write_end(self, *, partial: bool) -> None:
        self._write_header()

    def _write_header(self) -> None:
        # The header waits for the first frame, so that a source which fails leaves standard output empty.
        if not self._has_header:
            self._has_header = True
            first, *others = header(self._classes, valence=self._valence)
            self._rows.writerow([self._dialect.mark + first, *others])


open_writer = CsvWriter
read_provenance = read_sidecar


def stream(path: Path) -> tuple[tuple[str, ...], Generator[FrameReading, None, None]]:
    """Return the names of the classes in a timeline, and its readings, which are read frame by frame.

    If rounding to four decimals made two classes equal, the ``emotion`` column decides which is the more probable.

    Raises:
        SourceError: The file does not exist; or a line is malformed, which shows when it is read. The message gives its
            number.
    """
    require_file(path)
    with closing(read_lines(path)) as beginning, errors_about(path, lambda: 1, _REMEDY):
        dialect = _dialect_of(next(beginning, ""))
    lines = read_lines(path, encoding="utf-8-sig")
    rows = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
    with errors_about(path, lambda: rows.line_num, _REMEDY):
        columns = Columns.parse(next(rows, []))
    return columns.classes, _frames(lines, rows, columns, dialect, path)


def is_timeline(path: Path) -> bool:
    """Return True if a file begins with the header of a timeline."""
    try:
        with closing(read_lines(path, encoding="utf-8-sig")) as lines:
            line = next(lines, "")
            Columns.parse(next(csv.reader([line], delimiter=_dialect_of(line).delimiter, strict=True), []))
    except (OSError, ValueError, csv.Error):  # a text that is not UTF-8 is a ValueError too
        return False
    return True


def table(photos: Sequence[PhotoReading], classes: tuple[str, ...]) -> str:
    """Return a header and a row for each face. A picture without a face has a row with empty face fields."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*TABLE_COLUMNS, *classes])
    for photo in photos:
        rows.writerows(_table_row(photo, face) for face in photo.faces)
        if not photo.faces:
            rows.writerow([escape_cell(photo.name), *[""] * (len(TABLE_COLUMNS) - 1 + len(classes))])
    return text.getvalue()


def _frames(
    lines: Generator[str, None, None], rows: _csv.Reader, columns: Columns, dialect: Dialect, path: Path
) -> Generator[FrameReading, None, None]:
    frames: list[FrameReading] = []
    with closing(lines), errors_about(path, lambda: rows.line_num, _REMEDY):
        for row in rows:
            append_row(frames, parse_row(dialect.read(row), columns))
            if len(frames) > 1:  # the last one may get further faces
                yield frames.pop(0)
        yield from frames


def _dialect_of(line: str) -> Dialect:
    """Return the dialect of a file by its first line."""
    return next((each for each in BY_NAME.values() if f"frame{each.delimiter}" in line), BY_NAME[STANDARD])


def _replaced(row: Sequence[str], old: str, new: str) -> list[str]:
    """Return a row with another decimal sign in its numbers, which are all cells but the emotion."""
    return [cell if place == EMOTION_PLACE else cell.replace(old, new) for place, cell in enumerate(row)]


def _table_row(photo: PhotoReading, face: FaceReading) -> list[str]:
    probabilities = round_probabilities(face.probabilities.tolist(), DIGITS)
    return [
        escape_cell(photo.name),
        str(face.face_id),
        *(fixed_point(value, 1) for value in face.box),
        fixed_point(face.score, 4),
        *pose_texts(face),
        quality_text(face),
        face.emotion,
        *(fixed_point(value, DIGITS) for value in (max(probabilities), *probabilities)),
    ]
