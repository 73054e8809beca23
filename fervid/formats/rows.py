"""The columns and rows of a timeline as text, written and parsed. docs/timeline.md describes them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import UNCERTAIN
from fervid.core.geometry import Box, HeadPose
from fervid.core.readings import FaceReading, FrameReading

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


_TIME_DIGITS: Final = 3


def header(classes: Sequence[str]) -> list[str]:
    """Return the names of all columns."""
    return [*FIXED_COLUMNS, *classes, *(f"raw_{name}" for name in classes)]


def parse_header(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the classes in a header.

    Raises:
        ValueError: The columns are not those of a timeline.
    """
    count = (len(columns) - len(FIXED_COLUMNS)) // 2
    classes = tuple(columns[len(FIXED_COLUMNS) : len(FIXED_COLUMNS) + count])
    if not classes or list(columns) != header(classes):
        raise ValueError("the file does not begin with the header of a timeline")
    if len(set(classes)) < len(classes):
        raise ValueError("the header names a class twice")
    return classes


def time_digits(interval: float) -> int:
    """Return the number of decimals with which times that are `interval` seconds apart differ, at least three."""
    return max(_TIME_DIGITS, math.ceil(round(-math.log10(interval), 6)))


def frame_rows(reading: FrameReading, classes: Sequence[str], digits: int = _TIME_DIGITS) -> list[list[str]]:
    """Return the rows of one frame: one for each face, or a single one with empty face fields.

    Args:
        reading: The reading of the frame.
        classes: The names of the classes.
        digits: The number of decimals of the time.
    """
    if reading.faces:
        return [_face_row(face, digits) for face in reading.faces]
    blanks = len(header(classes)) - 2
    return [[str(reading.index), fixed_point(reading.time, digits), *[""] * blanks]]


def parse_row(row: Sequence[str], classes: tuple[str, ...]) -> FrameReading:
    """Return the reading in one row: a frame with one face, or with none.

    Raises:
        ValueError: The row is malformed.
    """
    expected = len(FIXED_COLUMNS) + 2 * len(classes)
    if len(row) != expected:
        raise ValueError(f"the line has {len(row)} fields, not {expected}")
    index, time = _parse_count(row[0], "frame", least=0), _parse_number(row[1], "time_s")
    if not any(row[2:]):
        return FrameReading(index, time, ())
    fields = dict(zip(FIXED_COLUMNS, row, strict=False))
    smoothed, raw = row[len(FIXED_COLUMNS) : -len(classes)], row[-len(classes) :]
    face = FaceReading(
        frame=index,
        time=time,
        face_id=_parse_count(fields["face_id"], "face_id", least=1),
        box=Box(*(_parse_number(fields[name], name) for name in ("x", "y", "width", "height"))),
        score=_parse_probability(fields["score"], "score"),
        classes=classes,
        probabilities=_with_largest(_parse_probabilities(smoothed, classes), classes, fields["emotion"]),
        raw=_parse_probabilities(raw, [f"raw_{name}" for name in classes]),
        pose=_parse_pose(fields),
        quality=_parse_probability(fields["quality"], "quality"),
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


def fixed_point(value: float, digits: int) -> str:
    """Return a number as text with this many decimals."""
    # Adding zero turns the -0.0 of a small negative number into 0.0, so that no "-0.000" is printed.
    return f"{round(value, digits) + 0.0:.{digits}f}"


def pose_texts(face: FaceReading) -> list[str]:
    """Return yaw, pitch and roll as text; three empty texts where they are unknown."""
    if face.pose is None:
        return [""] * len(HeadPose._fields)
    return [fixed_point(angle, 1) for angle in face.pose]


def _face_row(face: FaceReading, digits: int) -> list[str]:
    probabilities, raw = face.probabilities.tolist(), face.raw.tolist()
    return [
        str(face.frame),
        fixed_point(face.time, digits),
        str(face.face_id),
        *(fixed_point(value, 1) for value in face.box),
        fixed_point(face.score, 4),
        *pose_texts(face),
        fixed_point(face.quality, 4),
        face.emotion,
        fixed_point(face.confidence, 4),
        *(fixed_point(value, 4) for value in probabilities),
        *(fixed_point(value, 4) for value in raw),
    ]


def _parse_pose(fields: Mapping[str, str]) -> HeadPose | None:
    texts = [fields[name] for name in HeadPose._fields]
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
    if emotion == UNCERTAIN and emotion not in classes:
        return probabilities
    if emotion not in classes:
        raise ValueError(f"emotion '{emotion}' is not one of the classes")
    place = classes.index(emotion)
    if probabilities[place] < probabilities.max():
        raise ValueError(f"emotion '{emotion}' is not the most probable class")
    if probabilities.argmax() != place:
        probabilities[place] = np.nextafter(probabilities[place], np.float32(2))
    return probabilities
