"""The readings of still pictures, as text and as one table over all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.closing import Closing
from fervid.core.emotions import UNCERTAIN
from fervid.core.interrupts import uninterrupted
from fervid.core.plurals import counted
from fervid.core.readings import FaceReading
from fervid.formats.base import Format
from fervid.formats.output import Output
from fervid.formats.rows import fixed_point

DIGITS: Final = 4
"""The number of decimals of a probability in a table."""

_TEXT_DIGITS: Final = 3


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
        advice: What was looked for and what to try, where no face was found, or none was upright; else None.
    """

    path: Path
    width: int
    height: int
    faces: tuple[FaceReading, ...]
    advice: str | None = None

    @property
    def name(self) -> str:
        """The path as it was given, with bytes that are not text escaped."""
        return str(self.path).encode("utf-8", "backslashreplace").decode()


class PhotoTable(Closing):
    """A table over still pictures, which is written at the end of a run.

    Args:
        output: The place that the table is written to.
        format: The format, one that holds tables.
    """

    def __init__(self, output: Output, format: Format) -> None:
        self._output = output
        self._format = format

    def finish(self, photos: Sequence[PhotoReading], classes: tuple[str, ...], *, partial: bool = False) -> Path | None:
        """Write the table and give it its name.

        Args:
            photos: The readings, in order.
            classes: The names of the classes, in the order of the engine.
            partial: True if the run was interrupted; see `Writer.finish`.

        Returns:
            The file of the table; None for standard output.

        Raises:
            OutputError: The table cannot be written; an earlier file is unchanged.
        """
        content = self._format.table(photos, classes).encode()
        with uninterrupted():
            with self._output.guard():
                self._output.open().write(content)
            return self._output.commit(partial=partial)

    def close(self) -> None:
        """Discard the table, unless it is finished. May be called more than once."""
        self._output.discard()


def as_text(photo: PhotoReading) -> str:
    """Return a line with the name of the picture, and a line for each face: its number, emotion and probabilities."""
    if not photo.faces:
        return f"{photo.name}: no face"
    return "\n".join([f"{photo.name}: {counted(len(photo.faces), 'face')}", *map(_face_line, photo.faces)])


def round_probabilities(probabilities: Sequence[float], digits: int) -> list[float]:
    """Return probabilities with this many decimals that sum to exactly 1 as printed (the largest remainder method)."""
    unit = 10**digits
    exact = [probability * unit / math.fsum(probabilities) for probability in probabilities]
    whole = [math.floor(value) for value in exact]
    by_remainder = sorted(range(len(exact)), key=lambda place: whole[place] - exact[place])
    for place in by_remainder[: unit - sum(whole)]:
        whole[place] += 1
    return [value / unit for value in whole]


def _face_line(face: FaceReading) -> str:
    rounded = round_probabilities(face.probabilities.tolist(), _TEXT_DIGITS)
    confidence, *texts = (fixed_point(value, _TEXT_DIGITS) for value in (max(rounded), *rounded))
    each = "  ".join(f"{name} {text}" for name, text in zip(face.classes, texts, strict=True))
    widest = max(map(len, (*face.classes, UNCERTAIN)))
    return f"{face.face_id:>4}  {face.emotion:<{widest}} {confidence}   {each}"
