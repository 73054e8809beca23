"""Parquet: timelines as columns with types, for R, pandas, DuckDB and others (parquet.apache.org)."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

from fervid.core.files import read_error, require_file
from fervid.core.packages import require
from fervid.core.readings import FaceReading, FrameReading
from fervid.core.regular_files import TABLE, open_regular
from fervid.errors import SourceError
from fervid.formats.columns import EMOTION_PLACE, Columns, header
from fervid.formats.context import Context
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.output import Output
from fervid.formats.parsed_rows import append_row, parse_row

pa: Any = require("pyarrow", "fervid[parquet]")
pq: Any = require("pyarrow.parquet", "fervid[parquet]")

_KEY: Final = b"fervid"
"""The key of the provenance in the metadata of the file."""

_MAGIC: Final = b"PAR1"
_FOOTER_BYTES: Final = 1 << 16
"""The number of bytes at the end of a file in which the key is looked for."""

_GROUP_ROWS: Final = 20_000
"""The number of rows that are written together. Statistics of each group let programs skip it."""

_BATCH_ROWS: Final = 1_000


class ParquetWriter(TimelineWriter):
    """A writer of a timeline as Parquet, with the rows and columns of the CSV file, but numbers that are not rounded.

    Args:
        output: The place that the timeline is written to.
        context: `Context.classes` names the columns; `Context.empty` is False to leave out frames without a face,
            `Context.valence` adds a column, and `Context.provenance` goes to the metadata.
    """

    def __init__(self, output: Output, context: Context) -> None:
        super().__init__(output)
        self._empty = context.empty
        self._valence = context.valence
        self._schema = _schema(context)
        self._rows: list[tuple[object, ...]] = []
        self._writer: Any = None

    @override
    def _append(self, reading: FrameReading) -> None:
        if not reading.analysed:
            return
        self._rows += [self._row(face) for face in reading.faces]
        if self._empty and not reading.faces:
            self._rows.append((reading.index, reading.time, *[None] * (len(self._schema) - 2)))
        if len(self._rows) >= _GROUP_ROWS:
            self._write_group()

    @override
    def _write_end(self, *, partial: bool) -> None:
        self._write_group()
        self._writer.close()

    @override
    def _close(self) -> None:
        # Without its footer the file is lost in any case. Closing would write one, to a stream that may have failed.
        self._writer = None

    def _write_group(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, self._schema, compression="zstd")
        columns = zip(*self._rows, strict=True) if self._rows else [()] * len(self._schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.table(arrays, schema=self._schema))
        self._rows.clear()

    def _row(self, face: FaceReading) -> tuple[object, ...]:
        return (
            face.frame,
            face.time,
            face.face_id,
            *face.box,
            face.score,
            *(face.pose or (None, None, None)),
            _known(face.quality),
            face.emotion,
            face.confidence,
            *face.probabilities.tolist(),
            *face.raw.tolist(),
            *([_known(face.valence)] if self._valence else []),
        )


open_writer = ParquetWriter


def read_provenance(path: Path) -> dict[str, Any] | None:
    """Return what the metadata says about how a timeline was made; None if it says only the classes.

    Raises:
        SourceError: The file does not exist, or is no Parquet file.
    """
    with _opened(path) as file:
        facts = _facts(file)
    return facts if "input" in facts else None


def stream(path: Path) -> tuple[tuple[str, ...], Generator[FrameReading, None, None]]:
    """Return the names of the classes in a timeline, and its readings, which are read frame by frame.

    Raises:
        SourceError: The file does not exist, or is no such timeline. That of a malformed row comes when the row is
            read, and gives its number.
    """
    with _opened(path) as file:
        try:
            columns = Columns.parse(file.schema_arrow.names)
        except ValueError as error:
            raise _refused(path, str(error)) from error
    return columns.classes, _frames(path, columns)


def is_timeline(path: Path) -> bool:
    """Return True if a file is Parquet and its metadata has the key of fervid."""
    try:
        with open_regular(path, TABLE) as file:
            begins = file.read(len(_MAGIC)) == _MAGIC
            size = file.seek(0, 2)
            file.seek(max(0, size - _FOOTER_BYTES))
            return begins and _KEY in file.read(_FOOTER_BYTES)
    except OSError:
        return False


def _schema(context: Context) -> Any:
    """Return the schema: what the rows of the CSV hold, with types, and the provenance."""
    types = {"frame": pa.int64(), "time_s": pa.float64(), "face_id": pa.int32()}
    types["emotion"] = pa.dictionary(pa.int8(), pa.string())
    shares = {name: pa.float32() for name in header(context.classes)[EMOTION_PLACE + 1 :]}
    names = header(context.classes, valence=context.valence)
    fields = [
        pa.field(name, types.get(name, shares.get(name, pa.float64())), nullable=name not in ("frame", "time_s"))
        for name in names
    ]
    facts = {"classes": list(context.classes), **(context.provenance or {})}
    text = json.dumps(facts, ensure_ascii=False).encode("utf-8", "backslashreplace")  # what is no text: JSON's escapes
    return pa.schema(fields, metadata={_KEY: text})


@contextmanager
def _opened(path: Path) -> Generator[Any, None, None]:
    """Open a file for the block.

    Raises:
        SourceError: It cannot be read, or is no Parquet file.
    """
    require_file(path)
    try:
        stream = open_regular(path, TABLE)
    except OSError as error:
        raise read_error(path, error) from error
    with stream:
        try:
            file = pq.ParquetFile(stream)
            file.schema_arrow  # noqa: B018 - pyarrow reads it now, and damage to it shows here
        except (OSError, ValueError, pa.ArrowException) as error:  # a name that is no text is a ValueError
            raise _refused(path, "the file is damaged, or no Parquet file") from error
        yield file


def _facts(file: Any) -> dict[str, Any]:
    """Return what the metadata says about how a timeline was made."""
    try:
        facts = json.loads((file.schema_arrow.metadata or {}).get(_KEY, b"{}"))
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _frames(path: Path, columns: Columns) -> Generator[FrameReading, None, None]:
    frames: list[FrameReading] = []
    row = 0
    try:
        with _opened(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    row += 1
                    append_row(frames, parse_row(_texts(values), columns))
                    if len(frames) > 1:  # the last one may get further faces
                        yield frames.pop(0)
        yield from frames
    except (ValueError, pa.ArrowException) as error:
        raise _refused(path, f"row {max(1, row)}: {error}") from error
    except OSError as error:
        raise _refused(path, "the file is damaged") from error


def _texts(values: Sequence[object]) -> list[str]:
    """Return a row as text, such as a CSV file has."""
    return ["" if value is None or value != value else str(value) for value in values]  # noqa: PLR0124 - NaN


def _refused(path: Path, problem: str) -> SourceError:
    return SourceError(f"'{path}': {problem}", "give a Parquet file that fervid wrote, unchanged")


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
