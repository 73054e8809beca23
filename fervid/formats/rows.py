"""The columns and rows of a timeline as text, written and parsed. docs/timeline.md describes them."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import UNCERTAIN
from fervid.core.files import read_error
from fervid.core.geometry import Box, HeadPose
from fervid.core.readings import FaceReading, FrameReading
from fervid.errors import SourceError

FIXED_COLUMNS: Final = (
    "frame",
    "time_s",
    "face_id",
    "x",
    "y",
    "width",
    "height",
    "score",
    "yaw",
    "pitch",
    "roll",
    "quality",
    "emotion",
    "confidence",
)
"""The columns before those of the classes."""

EMOTION_PLACE: Final = FIXED_COLUMNS.index("emotion")
"""The place of the only column that holds a text."""

LATER_COLUMNS: Final = ("yaw", "pitch", "roll", "quality")
"""The columns that the first timelines did not have: head pose and quality are then unknown."""

VALENCE: Final = "valence"
"""The column after those of the classes, which is there on demand."""

_TIME_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a timeline that is read.

    Attributes:
        classes: The names of the classes.
        fixed: The names of the columns before those of the classes.
        has_valence: True if a column for the valence comes last.
    """

    classes: tuple[str, ...]
    fixed: tuple[str, ...] = FIXED_COLUMNS
    has_valence: bool = False

    @classmethod
    def parse(cls, header_row: Sequence[str]) -> Columns:
        """Return the columns that a header names.

        Raises:
            ValueError: They are not those of a timeline.
        """
        fixed: tuple[str, ...] = FIXED_COLUMNS
        if not set(LATER_COLUMNS) & set(header_row[: len(FIXED_COLUMNS)]):
            fixed = tuple(name for name in FIXED_COLUMNS if name not in LATER_COLUMNS)
        count, rest = divmod(len(header_row) - len(fixed), 2)
        classes = tuple(header_row[len(fixed) : len(fixed) + count])
        if list(header_row) != [*fixed, *classes, *_raw(classes), *(VALENCE for _ in range(rest))]:
            raise ValueError("the file does not begin with the header of a timeline")
        if len(set(classes)) < len(classes):
            raise ValueError("the header names a class twice")
        return cls(classes, fixed, bool(rest))

    @property
    def count(self) -> int:
        """The number of columns."""
        return len(self.fixed) + 2 * len(self.classes) + self.has_valence


def header(classes: Sequence[str], *, valence: bool = False) -> list[str]:
    """Return the names of all columns.

    Args:
        classes: The names of the classes.
        valence: True for the column `VALENCE` at the end.
    """
    return [*FIXED_COLUMNS, *classes, *_raw(classes), *([VALENCE] if valence else [])]


def time_digits(interval: float) -> int:
    """Return the number of decimals with which times that are `interval` seconds apart differ, at least three."""
    return max(_TIME_DIGITS, math.ceil(round(-math.log10(interval), 6)))


def frame_rows(
    reading: FrameReading, classes: Sequence[str], digits: int = _TIME_DIGITS, *, valence: bool = False
) -> list[list[str]]:
    """Return the rows of one frame: one for each face, or a single one with empty face fields.

    Args:
        reading: The reading of the frame.
        classes: The names of the classes.
        digits: The number of decimals of the time.
        valence: True for the valence at the end of a row.
    """
    if reading.faces:
        last = [_known(face.valence) for face in reading.faces] if valence else []
        rows = [_face_row(face, digits) for face in reading.faces]
        return [[*row, *last[place : place + 1]] for place, row in enumerate(rows)]
    blanks = len(header(classes, valence=valence)) - 2
    return [[str(reading.index), fixed_point(reading.time, digits), *[""] * blanks]]


def parse_row(row: Sequence[str], columns: Columns) -> FrameReading:
    """Return the reading in one row: a frame with one face, or with none.

    Raises:
        ValueError: The row is malformed.
    """
    classes = columns.classes
    if len(row) != columns.count:
        raise ValueError(f"the line has {len(row)} fields, not {columns.count}")
    index, time = _parse_count(row[0], "frame", least=0), _parse_number(row[1], "time_s")
    if not any(row[2:]):
        return FrameReading(index, time, ())
    fields = dict(zip(columns.fixed, row, strict=False))
    shares = row[len(columns.fixed) :]
    smoothed, raw = shares[: len(classes)], shares[len(classes) : 2 * len(classes)]
    quality = fields.get("quality", "")
    face = FaceReading(
        frame=index,
        time=time,
        face_id=_parse_count(fields["face_id"], "face_id", least=1),
        box=Box(*(_parse_number(fields[name], name) for name in ("x", "y", "width", "height"))),
        score=_parse_probability(fields["score"], "score"),
        classes=classes,
        probabilities=_with_largest(_parse_probabilities(smoothed, classes), classes, fields["emotion"]),
        raw=_parse_probabilities(raw, _raw(classes)),
        pose=_parse_pose(fields),
        quality=_parse_probability(quality, "quality") if quality else math.nan,
        certain=fields["emotion"] in classes,
    )
    if abs(_parse_probability(fields["confidence"], "confidence") - face.confidence) > 1e-6:
        raise ValueError(f"confidence is not the probability of '{face.likeliest}'")
    return FrameReading(index, time, (face,))


def append_row(frames: list[FrameReading], row: FrameReading) -> None:
    """Append the reading of a row, as a new frame or as a further face of the last frame.

    Raises:
        ValueError: The row cannot follow those before it.
    """
    last = frames[-1] if frames else None
    if last is None or row.index > last.index:
        frames.append(row)
    elif row.index < last.index:
        raise ValueError(f"frame {row.index} comes after frame {last.index}")
    elif row.time != last.time:
        raise ValueError(f"frame {row.index} has two times")
    elif not row.faces or not last.faces or row.faces[0].face_id <= last.faces[-1].face_id:
        raise ValueError(f"frame {row.index} has a face twice, or its faces out of order")
    else:
        frames[-1] = FrameReading(last.index, last.time, (*last.faces, *row.faces))


@contextmanager
def errors_about(path: Path, line: Callable[[], int], form: str) -> Generator[None, None, None]:
    """Let the errors of reading name the file, and those of its content the line.

    Args:
        path: The file.
        line: Returns the number of the current line, from 1.
        form: The format, for messages.

    Raises:
        SourceError: The block raised another error.
    """
    remedy = f"give a {form} file that fervid wrote"
    try:
        yield
    except UnicodeDecodeError as error:
        raise SourceError(f"'{path}' is not UTF-8 text", remedy) from error
    except (ValueError, csv.Error) as error:
        raise SourceError(f"'{path}', line {max(1, line())}: {error}", f"{remedy}, unchanged") from error
    except OSError as error:
        raise read_error(path, error) from error


def fixed_point(value: float, digits: int) -> str:
    """Return a number as text with this many decimals."""
    # Adding zero turns the -0.0 of a small negative number into 0.0, so that no "-0.000" is printed.
    return f"{round(value, digits) + 0.0:.{digits}f}"


def pose_texts(face: FaceReading) -> list[str]:
    """Return yaw, pitch and roll as text; three empty texts where they are unknown."""
    if face.pose is None:
        return [""] * len(HeadPose._fields)
    return [fixed_point(angle, 1) for angle in face.pose]


def quality_text(face: FaceReading) -> str:
    """Return the quality as text; empty where it is unknown."""
    return _known(face.quality)


def _known(value: float) -> str:
    return "" if math.isnan(value) else fixed_point(value, 4)


def _raw(classes: Sequence[str]) -> list[str]:
    return [f"raw_{name}" for name in classes]


def _face_row(face: FaceReading, digits: int) -> list[str]:
    probabilities, raw = face.probabilities.tolist(), face.raw.tolist()
    return [
        str(face.frame),
        fixed_point(face.time, digits),
        str(face.face_id),
        *(fixed_point(value, 1) for value in face.box),
        fixed_point(face.score, 4),
        *pose_texts(face),
        quality_text(face),
        face.emotion,
        fixed_point(face.confidence, 4),
        *(fixed_point(value, 4) for value in probabilities),
        *(fixed_point(value, 4) for value in raw),
    ]


def _parse_pose(fields: Mapping[str, str]) -> HeadPose | None:
    texts = [fields.get(name, "") for name in HeadPose._fields]
    if not any(texts):
        return None
    pose = HeadPose(*(_parse_number(text, name) for text, name in zip(texts, HeadPose._fields, strict=True)))
    for name, angle in pose._asdict().items():
        if not -180 <= angle <= 180:
            raise ValueError(f"{name} must be from -180 to 180, not {angle:g}")
    return pose


def _parse_count(text: str, column: str, *, least: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise ValueError(f"{column} must be a whole number from {least}, not '{text}'")
    return int(text)


def _parse_number(text: str, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{column} must be a number, not '{text}'")
    return value


def _parse_probability(text: str, column: str) -> float:
    value = _parse_number(text, column)
    if not 0 <= value <= 1:
        raise ValueError(f"{column} must be from 0 to 1, not {text}")
    return value


def _parse_probabilities(texts: Sequence[str], columns: Sequence[str]) -> NDArray[np.float32]:
    return np.array([_parse_probability(text, name) for text, name in zip(texts, columns, strict=True)], np.float32)


def _with_largest(probabilities: NDArray[np.float32], classes: Sequence[str], emotion: str) -> NDArray[np.float32]:
    """Return the probabilities with that of `emotion` as the largest, because rounding may have made a tie."""
    if emotion == UNCERTAIN and emotion not in classes and classes:
        return probabilities
    if emotion not in classes:
        raise ValueError(f"emotion '{emotion}' is not one of the classes")
    place = classes.index(emotion)
    if probabilities[place] < probabilities.max():
        raise ValueError(f"emotion '{emotion}' is not the most probable class")
    if probabilities.argmax() != place:
        probabilities[place] = np.nextafter(probabilities[place], np.float32(2))
    return probabilities
