"""The columns of a timeline. docs/timeline.md describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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
        if list(header_row) != [*fixed, *classes, *raw_names(classes), *(VALENCE for _ in range(rest))]:
            raise ValueError("the file does not begin with the header of a timeline")
        if len(set(classes)) < len(classes):
            raise ValueError("the header names a class twice")
        check_text(classes)
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
    return [*FIXED_COLUMNS, *classes, *raw_names(classes), *([VALENCE] if valence else [])]


def check_text(classes: Sequence[str]) -> None:
    r"""Check the names of classes, which JSON may give half a character, as in ``"\ud800"``.

    Raises:
        ValueError: A name is such a text, which no file can hold.
    """
    if any("\ud800" <= letter <= "\udfff" for name in classes for letter in name):
        raise ValueError("the name of a class is no valid text")


def raw_names(classes: Sequence[str]) -> list[str]:
    """Return the names of the columns with the probabilities of the frame alone."""
    return [f"raw_{name}" for name in classes]
