"""Readings of still pictures, and the strengths of their faces as people and tables have them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.readings import FaceReading
from fervid.formats.rows import fixed_point

DIGITS: Final = 4
"""The decimals of a strength in a file."""

_LISTED_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class PhotoReading:
    """The faces of one still picture; none is a result too.

    >>> reading = fervid.photo("family.jpg")
    >>> reading.path, reading.width, reading.height
    (PosixPath('family.jpg'), 320, 180)
    >>> [face.face_id for face in reading.faces]  # from left to right
    [1, 2, 3]

    Attributes:
        path: The file.
        width: The width of the upright picture, in pixels.
        height: The height of the upright picture, in pixels.
        faces: The faces, in the order of their `face_id`.
    """

    path: Path
    width: int
    height: int
    faces: tuple[FaceReading, ...]

    @property
    def name(self) -> str:
        """The path as it was given; bytes of it that are no text are escaped."""
        return str(self.path).encode("utf-8", "backslashreplace").decode()


def as_text(photo: PhotoReading) -> str:
    """Return the name of the picture, and a line for each face: its number, emotion, confidence, and all strengths."""
    if not photo.faces:
        return f"{photo.name}: no face"
    count = f"{len(photo.faces)} face{'s' if len(photo.faces) > 1 else ''}"
    return "\n".join([f"{photo.name}: {count}", *map(_line, photo.faces)])


def rounded(shares: Sequence[float], digits: int) -> list[float]:
    """Return `shares`, which sum to 1, rounded so that they sum to 1 as printed (the largest remainder method)."""
    unit = 10**digits
    exact = [share * unit / math.fsum(shares) for share in shares]
    whole = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(shares)), key=lambda place: whole[place] - exact[place])
    for place in by_remainder[: unit - sum(whole)]:
        whole[place] += 1
    return [share / unit for share in whole]


def _line(face: FaceReading) -> str:
    strengths = rounded(face.probabilities.tolist(), _LISTED_DIGITS)
    each = [f"{name} {fixed_point(share, _LISTED_DIGITS)}" for name, share in zip(face.classes, strengths, strict=True)]
    widest = max(map(len, face.classes))
    return (
        f"{face.face_id:>4}  {face.emotion:<{widest}} {fixed_point(max(strengths), _LISTED_DIGITS)}   {'  '.join(each)}"
    )
