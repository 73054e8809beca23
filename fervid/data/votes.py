"""FER+'s votes as files: its own table beside Kaggle's, and a list beside picture folders."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.data.faces import Skips
from fervid.data.table_rows import REPAIR, Row, read_rows
from fervid.errors import DataError

TABLE: Final = "fer2013new.csv"
"""FER+'s own name for its table, with a row for each row of Kaggle's."""

LIST: Final = "votes.csv"
"""The list beside picture folders."""

COLUMNS: Final = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"),
)
"""What FER+'s table calls the votes of `fervid.data.ferplus.COLUMNS`."""

TABLE_HEADER: Final = ("Usage", "Image name", *COLUMNS)
LIST_HEADER: Final = ("picture", *COLUMNS)

_IMAGE_NAME: Final = re.compile(r"fer(\d{7})\.png")
_REMEDY: Final = "give FER+'s own, or remove it"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Ballots:
    """The votes on each row of Kaggle's table.

    Attributes:
        votes: (N, 10) uint8, all 0 where a row of votes was skipped.
        rows: (N,) int64, the number of the row in the published table, from 0, by the name of its picture; its place
            in this one where the names do not tell.
    """

    votes: NDArray[np.uint8]
    rows: NDArray[np.int64]


def image_name(row: int) -> str:
    """What FER+ calls the picture in a row of Kaggle's table, from 0."""
    return f"fer{row:07d}.png"


def read_table(path: Path, count: int, skips: Skips) -> Ballots:
    """Read FER+'s table.

    Args:
        path: ``fer2013new.csv``.
        count: How many rows Kaggle's table has.
        skips: What to do with a wrong row.

    Raises:
        DataError: It is no such table, has another number of rows, or a row is wrong and `skips` does not allow it.
    """
    rows = list(read_rows(path, TABLE_HEADER, _REMEDY))
    if len(rows) != count:
        raise DataError(
            f"{path} has {len(rows)} rows for the {count} of the table beside it", "get both whole, or remove it"
        )
    votes, numbers = np.zeros((count, len(COLUMNS)), np.uint8), np.arange(count)
    for place, row in enumerate(rows):
        with skips.at(row.name):
            fields = row.fields()
            votes[place] = _votes(row, fields)
            if name := _IMAGE_NAME.fullmatch(fields["Image name"].strip()):
                numbers[place] = int(name[1])
    return Ballots(votes, numbers if len(np.unique(numbers)) == count else np.arange(count))


def read_list(path: Path, names: Sequence[str], skips: Skips) -> NDArray[np.uint8]:
    """Read the votes on pictures.

    Args:
        path: ``votes.csv``.
        names: The pictures, by their paths below the folder that holds the list.
        skips: What to do with a wrong row.

    Returns:
        (N, 10) uint8, all 0 for a picture that the list does not name.

    Raises:
        DataError: It is no such list, or a row is wrong and `skips` does not allow it.
    """
    given: dict[str, list[int]] = {}
    for row in read_rows(path, LIST_HEADER, _REMEDY):
        with skips.at(row.name):
            fields = row.fields()
            given[fields["picture"].strip()] = _votes(row, fields)
    strange = sorted(given.keys() - set(names))
    if strange:
        _log.warning("%s names pictures that are not there, such as %s (%d in all)", path, strange[0], len(strange))
    none = [0] * len(COLUMNS)
    return np.array([given.get(name, none) for name in names], np.uint8).reshape(-1, len(COLUMNS))


def _votes(row: Row, fields: dict[str, str]) -> list[int]:
    texts = [fields[column] for column in COLUMNS]
    if not all(text.isdecimal() and int(text) <= 255 for text in texts):
        raise DataError(f"{row.where} has votes that are not numbers from 0 to 255", REPAIR)
    return [int(text) for text in texts]
