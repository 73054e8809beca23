"""The markers of a recording, in a CSV file beside it: ``talk.csv.markers.csv`` for ``talk.csv``.

A file beside the result, because the columns of a timeline are those of faces, and because other programs may write
such a file too: it needs no more than the columns ``time_s`` and ``name``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from fervid.core.cells import escape_cell, unescape_cell
from fervid.core.files import remove
from fervid.core.markers import LONGEST_SOURCE, Marker, clean_line, markers_path
from fervid.core.regular_files import read_lines
from fervid.errors import OutputError
from fervid.formats.context import STANDARD
from fervid.formats.csv import BY_NAME, Dialect
from fervid.formats.file_output import InPlace
from fervid.formats.parsed_rows import MOST_FRAMES, MOST_NUMBER, errors_about, parse_count, parse_number, shortened
from fervid.formats.rows import fixed_point

COLUMNS: Final = ("number", "time_s", "name", "placed", "source", "frame")
"""The columns of the file."""

MOST: Final = 10_000
"""The largest number of markers of a recording."""

_REMEDY: Final = "correct the file, or rename it to leave its markers out"


def read_markers(result: Path) -> tuple[Marker, ...]:
    """Return the markers of a timeline or a video, in the order of time; none if there is no file of them.

    Raises:
        SourceError: The file of the markers is malformed; the message names the line.
    """
    path = markers_path(result)
    if not path.is_file():
        return ()
    with errors_about(path, lambda: 1, _REMEDY), closing(read_lines(path, encoding="utf-8-sig")) as beginning:
        dialect = _dialect_of(next(beginning, ""))
    with closing(read_lines(path, encoding="utf-8-sig")) as lines:
        rows = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
        with errors_about(path, lambda: rows.line_num, _REMEDY):
            header = [cell.strip() for cell in next(rows, [])]
            if not {"time_s", "name"} <= set(header):
                raise ValueError("the file does not begin with a header that names time_s and name")
            markers: list[Marker] = []
            for row in rows:
                if len(markers) >= MOST:
                    raise ValueError(f"there are more than {MOST} markers")
                if row:
                    markers.append(_parsed(dict(zip(header, row, strict=False)), len(markers) + 1, dialect))
    return tuple(sorted(markers, key=lambda marker: marker.time))


def markers_table(markers: Iterable[Marker], dialect: str = STANDARD) -> bytes:
    """Return the content of the file that holds markers.

    Args:
        markers: The markers.
        dialect: The dialect of CSV, one of `DIALECTS`.
    """
    chosen = BY_NAME[dialect]
    return (chosen.mark + chosen.line(COLUMNS) + "".join(_line(marker, chosen) for marker in markers)).encode()


class MarkerFile:
    """The markers of a growing recording, each of which is in the file as soon as it is placed.

    The file is created with the first marker. Call `check` before the recording begins.

    Args:
        result: The timeline or the video.
    """

    def __init__(self, result: Path) -> None:
        self.path = markers_path(result)
        self._output: InPlace | None = None
        self._stream: BinaryIO | None = None

    @staticmethod
    def check(result: Path, *, overwrite: bool) -> None:
        """Check that no earlier file of markers lies beside a recording that is about to begin.

        Args:
            result: The timeline or the video.
            overwrite: True to remove an earlier file, whose markers are not those of the new recording.

        Raises:
            OutputError: There is one, and it is to stay, or cannot be removed.
        """
        path = markers_path(result)
        if not (path.exists() or path.is_symlink()) or (result.exists() and not overwrite):
            return  # that the result exists is reported elsewhere
        if not overwrite or path.is_dir():
            raise OutputError(
                f"'{path}' exists already", "replace it with overwrite=True, or choose another name for the recording"
            )
        remove(path)

    def write(self, marker: Marker) -> None:
        """Add a marker.

        Raises:
            OutputError: The file exists, or the marker cannot be written. It stays in memory for the next attempt.
        """
        dialect = BY_NAME[STANDARD]
        if self._output is None or self._stream is None:
            self._output = InPlace(self.path)
            self._stream = self._output.open()
            self._stream.write(dialect.line(COLUMNS).encode())
        with self._output.guard():
            self._stream.write(_line(marker, dialect).encode())
            self._stream.flush()

    def close(self) -> Path | None:
        """Close the file. May be called more than once.

        Returns:
            The file; None if it holds no marker.

        Raises:
            OutputError: Markers that could not be written before cannot be written now either.
        """
        return None if self._output is None else self._output.commit()

    def discard(self) -> None:
        """Close the file and remove it, because there is nothing that it lies beside. Has no effect without a file."""
        if self._output is not None:
            self._output.discard()
            remove(self.path)


def _line(marker: Marker, dialect: Dialect) -> str:
    return dialect.line(
        (
            str(marker.number),
            fixed_point(marker.time, 3).replace(".", dialect.decimal),
            escape_cell(marker.name),
            "" if marker.placed is None else marker.placed.isoformat(timespec="milliseconds"),
            escape_cell(marker.source),
            "" if marker.frame is None else str(marker.frame),
        )
    )


def _dialect_of(line: str) -> Dialect:
    """Return the dialect of a file by its header."""
    return next((each for each in BY_NAME.values() if each.delimiter in line), BY_NAME[STANDARD])


def _parsed(row: Mapping[str, str], place: int, dialect: Dialect) -> Marker:
    number = parse_count(row["number"], "number", 1, MOST_NUMBER) if row.get("number") else place
    return Marker(
        number,
        parse_number(row.get("time_s", "").replace(dialect.decimal, "."), "time_s"),
        clean_line(unescape_cell(row.get("name", ""))) or f"marker {number}",
        _parsed_date(row.get("placed", "")),
        clean_line(unescape_cell(row.get("source", "")), LONGEST_SOURCE),
        parse_count(row["frame"], "frame", 0, MOST_FRAMES) if row.get("frame") else None,
    )


def _parsed_date(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text.removesuffix("Z") + "+00:00" * text.endswith("Z"))
    except ValueError:
        raise ValueError(
            f"placed must be a time of day such as 2026-11-26T19:30:05.250+01:00, not '{shortened(text)}'"
        ) from None
