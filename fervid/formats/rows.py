"""The columns and rows of a timeline, which docs/timeline.md describes, as text and back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading

FIXED = ("frame", "time_s", "face_id", "x", "y", "width", "height", "score", "emotion", "confidence")
"""The columns before those of the classes."""


def header(classes: Sequence[str]) -> list[str]:
    """The names of all columns."""
    return [*FIXED, *classes, *(f"raw_{name}" for name in classes)]


def classes_of(header_row: Sequence[str]) -> tuple[str, ...]:
    """The classes that a header names.

    Raises:
        ValueError: It is no header of a timeline.
    """
    count = (len(header_row) - len(FIXED)) // 2
    classes = tuple(header_row[len(FIXED) : len(FIXED) + count])
    if not classes or list(header_row) != header(classes):
        raise ValueError("it does not begin with the header of a timeline")
    if len(set(classes)) < len(classes):
        raise ValueError("a class stands twice in its header")
    return classes


def rows(reading: FrameReading, classes: Sequence[str]) -> list[list[str]]:
    """The rows of one frame: one a face, or a single one with empty face fields."""
    if reading.faces:
        return [_row(face) for face in reading.faces]
    blanks = len(header(classes)) - 2
    return [[str(reading.index), fixed(reading.time, 3), *[""] * blanks]]


def parse(row: Sequence[str], classes: tuple[str, ...]) -> FrameReading:
    """What one row says: a frame with one face, or with none.

    Raises:
        ValueError: The row is malformed; the message says how.
    """
    if len(row) != len(FIXED) + 2 * len(classes):
        raise ValueError(f"it has {len(row)} fields, not {len(FIXED) + 2 * len(classes)}")
    index, time = _count(row[0], "frame", least=0), _number(row[1], "time_s")
    if not any(row[2:]):
        return FrameReading(index, time, ())
    box = Box(*(_number(text, name) for text, name in zip(row[3:7], FIXED[3:7], strict=True)))
    first, middle = len(FIXED), len(FIXED) + len(classes)
    face = FaceReading(
        frame=index,
        time=time,
        face_id=_count(row[2], "face_id", least=1),
        box=box,
        score=_share(row[7], "score"),
        classes=classes,
        probabilities=_decided(_shares(row[first:middle], classes), classes, row[8]),
        raw=_shares(row[middle:], [f"raw_{name}" for name in classes]),
    )
    if abs(_share(row[9], "confidence") - face.confidence) > 1e-6:
        raise ValueError(f"its confidence is not the probability of '{row[8]}'")
    return FrameReading(index, time, (face,))


def add(frames: list[FrameReading], found: FrameReading) -> None:
    """Add a row's reading to the frames before it, as a frame of its own or a further face of the last one.

    Raises:
        ValueError: It does not follow those before it; the message says why.
    """
    last = frames[-1] if frames else None
    if last is None or found.index > last.index:
        frames.append(found)
    elif found.index < last.index:
        raise ValueError(f"frame {found.index} comes after frame {last.index}")
    elif found.time != last.time:
        raise ValueError(f"frame {found.index} has two times")
    elif not found.faces or not last.faces or found.faces[0].face_id <= last.faces[-1].face_id:
        raise ValueError(f"frame {found.index} holds a face twice, or out of order")
    else:
        frames[-1] = FrameReading(last.index, last.time, (*last.faces, *found.faces))


def _row(face: FaceReading) -> list[str]:
    probabilities, raw = face.probabilities.tolist(), face.raw.tolist()
    return [
        str(face.frame),
        fixed(face.time, 3),
        str(face.face_id),
        *(fixed(value, 1) for value in face.box),
        fixed(face.score, 4),
        face.emotion,
        fixed(face.confidence, 4),
        *(fixed(value, 4) for value in probabilities),
        *(fixed(value, 4) for value in raw),
    ]


def fixed(value: float, digits: int) -> str:
    """`value` with so many decimals."""
    # Adding zero turns the -0.0 of a small negative number into 0.0, so that no "-0.000" is printed.
    return f"{round(value, digits) + 0.0:.{digits}f}"


def _count(text: str, name: str, *, least: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise ValueError(f"its {name} '{text}' is not a whole number from {least}")
    return int(text)


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"its {name} '{text}' is not a number")
    return value


def _share(text: str, name: str) -> float:
    value = _number(text, name)
    if not 0 <= value <= 1:
        raise ValueError(f"its {name} {text} is not within 0 and 1")
    return value


def _shares(texts: Sequence[str], names: Sequence[str]) -> NDArray[np.float32]:
    return np.array([_share(text, name) for text, name in zip(texts, names, strict=True)], np.float32)


def _decided(probabilities: NDArray[np.float32], classes: Sequence[str], emotion: str) -> NDArray[np.float32]:
    """`probabilities` with `emotion` as the largest, which rounding to four decimals may have tied with another."""
    if emotion not in classes:
        raise ValueError(f"its emotion '{emotion}' is none of the classes")
    place = classes.index(emotion)
    if probabilities[place] < probabilities.max():
        raise ValueError(f"its emotion '{emotion}' is not the most probable one")
    if probabilities.argmax() != place:
        probabilities[place] = np.nextafter(probabilities[place], np.float32(2))
    return probabilities
