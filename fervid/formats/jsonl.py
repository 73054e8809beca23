"""JSON Lines: timelines, an object for each frame with its faces within (jsonlines.org)."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

from typing_extensions import override

from fervid.core.readings import FrameReading
from fervid.core.regular_files import read_lines
from fervid.formats.columns import FIXED_COLUMNS, VALENCE, Columns, check_text
from fervid.formats.context import Context
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.output import Output
from fervid.formats.parsed_rows import append_row, check_order, errors_about, parse_row, shortened
from fervid.formats.rows import frame_rows, time_digits
from fervid.formats.sidecar import read_sidecar

_OF_FRAME: Final = ("frame", "time_s")
_OF_FACE: Final = FIXED_COLUMNS[len(_OF_FRAME) :]
_EMOTION: Final = "emotion"
_SHARES: Final = ("strengths", "raw")
_WHOLE: Final = frozenset({"frame", "face_id"})

_REMEDY: Final = "give a JSON Lines file that fervid wrote, unchanged"

T = TypeVar("T")


class JsonlWriter(TimelineWriter):
    """A writer of a timeline as JSON Lines. Its numbers are those of the CSV file.

    Args:
        output: The place that the timeline is written to.
        context: `Context.classes` names the probabilities; `Context.empty` is False to leave out frames without a face.
    """

    def __init__(self, output: Output, context: Context) -> None:
        super().__init__(output)
        self._classes = context.classes
        self._empty = context.empty
        self._valence = context.valence
        self._digits = time_digits(context.interval)

    @override
    def _append(self, reading: FrameReading) -> None:
        if reading.analysed and (reading.faces or self._empty):
            rows = frame_rows(reading, self._classes, self._digits, valence=self._valence)
            content = {**_fields(_OF_FRAME, rows[0]), "faces": [self._face(row) for row in rows if reading.faces]}
            self._stream.write(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def _face(self, row: Sequence[str]) -> dict[str, Any]:
        count = len(self._classes)
        shares = [float(text) for text in row[len(FIXED_COLUMNS) :][: 2 * count]]
        strengths, raw = shares[:count], shares[count:]
        return {
            **_fields(_OF_FACE, row[len(_OF_FRAME) :]),
            **({VALENCE: _value(VALENCE, row[-1])} if self._valence else {}),
            "strengths": dict(zip(self._classes, strengths, strict=True)),
            "raw": dict(zip(self._classes, raw, strict=True)),
        }


open_writer = JsonlWriter
read_provenance = read_sidecar


def stream(path: Path) -> tuple[tuple[str, ...], Generator[FrameReading, None, None]]:
    """Return the names of the classes in a timeline, and its readings, which are read frame by frame.

    The first face names the classes; a timeline without a face has none.

    Raises:
        SourceError: The file does not exist; or a line is malformed, which shows when it is read. The message gives its
            number.
    """
    with closing(_each_line(path, _classes)) as found:
        classes = next((names for names in found if names), ())
    columns = Columns(classes)
    last: FrameReading | None = None

    def parse(content: Mapping[str, Any]) -> FrameReading:
        nonlocal last
        frame: list[FrameReading] = []
        for row in _rows(content, columns):
            append_row(frame, parse_row(row, columns))
        check_order(last, frame[0])
        last = frame[0]
        return last

    return classes, _each_line(path, parse)


def is_timeline(path: Path) -> bool:
    """Return True if the first line of a file is that of a timeline."""
    try:
        with closing(read_lines(path)) as lines:
            _parse(next(lines, ""))
    except (OSError, ValueError):  # a text that is not UTF-8 is a ValueError too
        return False
    return True


def _each_line(path: Path, use: Callable[[Mapping[str, Any]], T]) -> Generator[T, None, None]:
    """Yield what a function makes of the object in each line. Errors name the file and the line."""
    number = 0
    with closing(read_lines(path)) as lines, errors_about(path, lambda: number, _REMEDY):
        for line in lines:
            number += 1
            yield use(_parse(line))


def _parse(line: str) -> Mapping[str, Any]:
    """Return the object in a line.

    Raises:
        ValueError: It is not that of a frame.
    """
    try:
        content = json.loads(line)
    except RecursionError as error:
        raise ValueError("the line is nested too deeply") from error
    if not isinstance(content, dict) or content.keys() != {*_OF_FRAME, "faces"}:
        raise ValueError(f"the line is no object with {', '.join(_OF_FRAME)} and faces")
    if not isinstance(content["faces"], list) or not all(isinstance(face, dict) for face in content["faces"]):
        raise ValueError("faces must be a list of objects")
    return content


def _classes(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the classes in the first face of a frame; none if it has no face."""
    classes = tuple(_shares(content["faces"][0], "strengths")) if content["faces"] else ()
    check_text(classes)
    return classes


def _rows(content: Mapping[str, Any], columns: Columns) -> Iterator[list[str]]:
    """Yield a frame as rows of text, such as a CSV file has."""
    frame = [_text(content, name) for name in _OF_FRAME]
    for face in content["faces"]:
        shares = [_shares(face, name) for name in _SHARES]
        if any(tuple(each) != columns.classes for each in shares):
            raise ValueError(f"a face has other classes than {shortened(', '.join(columns.classes), 200)}")
        texts = [_text(each, name) for each in shares for name in each]
        yield [*frame, *(_text(face, name) for name in _OF_FACE), *texts]
    if not content["faces"]:
        yield [*frame, *[""] * (columns.count - len(frame))]


def _shares(face: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    shares = face.get(name)
    if not isinstance(shares, dict):
        raise ValueError(f"{name} must be an object")
    return shares


def _text(fields: Mapping[str, Any], name: str) -> str:
    """Return a field as the text of a cell."""
    value = fields.get(name)
    if isinstance(value, bool | list | dict) or (isinstance(value, str) != (name == _EMOTION) and value is not None):
        raise ValueError(
            f"{name} must be a {'text' if name == _EMOTION else 'number'}, not {shortened(json.dumps(value))}"
        )
    return "" if value is None else str(value)


def _fields(names: Sequence[str], texts: Sequence[str]) -> dict[str, Any]:
    """Return the cells of a row by the names of their columns, numbers as numbers, and None where they are empty."""
    return {name: _value(name, text) for name, text in zip(names, texts, strict=False)}


def _value(name: str, text: str) -> Any:
    if name == _EMOTION:
        return text
    if not text:
        return None
    return int(text) if name in _WHOLE else float(text)
