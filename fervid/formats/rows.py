"""The rows of a timeline as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from fervid.core.geometry import HeadPose
from fervid.core.readings import FaceReading, FrameReading
from fervid.formats.columns import header

_TIME_DIGITS: Final = 3


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


def fixed_point(value: float, digits: int) -> str:
    """Return a number as text with this many decimals."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if value <= 0 and float(text) == 0 else text  # no "-0.000" for a small number


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
