"""CSV (RFC 4180): a timeline with one row a face and frame, a table with one row a face and picture."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from typing_extensions import override

from fervid.core.readings import FaceReading, FrameReading
from fervid.errors import SourceError
from fervid.formats.base import Context
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.output import Output
from fervid.formats.rows import add, classes_of, fixed, header, parse, rows
from fervid.formats.strengths import DIGITS, PhotoReading, rounded
from fervid.formats.timeline import Timeline

TABLE_COLUMNS: Final = ("file", "face", "x", "y", "width", "height", "score", "emotion", "confidence")
"""The columns of a table before those of the classes."""


class CsvWriter(TimelineWriter):
    """Writes UTF-8 without a byte order mark, row by row; docs/timeline.md describes the columns.

    A frame without a face gives a row with empty face fields. A frame that was not analysed gives none. Lines end in
    CR LF, as the standard has it, on every system and on standard output too.
    """

    def __init__(self, output: Output, context: Context) -> None:
        super().__init__(output)
        self._classes = context.classes
        self._empty = context.empty
        self._begun = False
        self._rows = csv.writer(codecs.getwriter("utf-8")(self._stream))
        if output.in_place:
            with output.guard():
                self._begin()
                self._stream.flush()

    @override
    def _append(self, reading: FrameReading) -> None:
        self._begin()
        if reading.analysed and (reading.faces or self._empty):
            self._rows.writerows(rows(reading, self._classes))

    @override
    def _end(self, *, partial: bool) -> None:
        self._begin()

    def _begin(self) -> None:
        # Not before the first frame, so that a source which gives none leaves standard output silent.
        if not self._begun:
            self._begun = True
            self._rows.writerow(header(self._classes))


open_writer = CsvWriter


def load(path: Path) -> Timeline:
    """Read a timeline that fervid wrote.

    Where rounding to four decimals left two classes equal, the file's `emotion` column decides which is ahead.

    Raises:
        SourceError: There is no such file, or a line of it is malformed; the message gives its number.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return _read(stream, path)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SourceError(f"'{path}' cannot be read: {reason}", "give a CSV that fervid wrote") from error


def table(photos: Sequence[PhotoReading], classes: tuple[str, ...]) -> str:
    """Return a header and one row a face; a picture without a face has a row with empty fields."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([*TABLE_COLUMNS, *classes])
    for photo in photos:
        lines.writerows(_table_row(photo, face) for face in photo.faces)
        if not photo.faces:
            lines.writerow([photo.name, *[""] * (len(TABLE_COLUMNS) - 1 + len(classes))])
    return text.getvalue()


def _read(stream: Iterator[str], path: Path) -> Timeline:
    lines = csv.reader(stream, strict=True)
    frames: list[FrameReading] = []
    try:
        classes = classes_of(next(lines, []))
        for line in lines:
            add(frames, parse(line, classes))
    except (ValueError, csv.Error) as error:
        raise SourceError(
            f"'{path}', line {max(1, lines.line_num)}: {error}", "give a CSV that fervid wrote, unchanged"
        ) from error
    return Timeline(classes, tuple(frames))


def _table_row(photo: PhotoReading, face: FaceReading) -> list[str]:
    strengths = rounded(face.probabilities.tolist(), DIGITS)
    return [
        photo.name,
        str(face.face_id),
        *(fixed(value, 1) for value in face.box),
        fixed(face.score, 4),
        face.emotion,
        *(fixed(value, DIGITS) for value in (max(strengths), *strengths)),
    ]
