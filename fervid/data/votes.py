"""Files of FER+'s votes: its own table beside Kaggle's, and a list beside image folders."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.plurals import counted
from fervid.data.faces import Skips
from fervid.data.table_rows import REPAIR, Row, read_rows
from fervid.errors import DataError

TABLE: Final = "fer2013new.csv"
"""The name of FER+'s table, which has a row for each row of Kaggle's."""

LIST: Final = "votes.csv"
"""The name of the list beside image folders."""

COLUMNS: Final = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"),
)
"""The names that FER+'s table gives to the columns of `fervid.data.ferplus.COLUMNS`."""

TABLE_HEADER: Final = ("Usage", "Image name", *COLUMNS)
LIST_HEADER: Final = ("picture", *COLUMNS)

_IMAGE_NAME: Final = re.compile(r"fer(\d{7})\.png")
_REMEDY: Final = "use FER+'s own file, or remove this one"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Ballots:
    """The votes on each row of Kaggle's table.

    Attributes:
        votes: (N, 10) uint8, all 0 where a row of votes was skipped.
        rows: (N,) int64, the row in the published table, from 0, taken from the names of the images; the row in this
            table if the names do not give it.
    """

    votes: NDArray[np.uint8]
    rows: NDArray[np.int64]


def image_name(row: int) -> str:
    """Return FER+'s name for the image in a row of Kaggle's table, counted from 0."""
    return f"fer{row:07d}.png"


def read_table(path: Path, count: int, skips: Skips) -> Ballots:
    """Read FER+'s table.

    Args:
        path: The table, ``fer2013new.csv``.
        count: The number of rows of Kaggle's table.
        skips: The policy for invalid rows.

    Raises:
        DataError: The file is not such a table, its number of rows differs from `count`, or a row is invalid and
            `skips` does not allow it.
    """
    table = read_rows(path, TABLE_HEADER, _REMEDY)
    rows = list(islice(table, count))
    found = len(rows) + sum(1 for _ in table)
    if found != count:
        raise DataError(
            f"'{path}' has {counted(found, 'row')}, but the table beside it has {count}",
            "use the complete files, or remove the votes",
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
    """Read the votes on images.

    Args:
        path: The list, ``votes.csv``.
        names: The images, by their paths below the folder of the list.
        skips: The policy for invalid rows.

    Returns:
        (N, 10) uint8, all 0 for an image that is not in the list.

    Raises:
        DataError: The file is not such a list, or a row is invalid and `skips` does not allow it.
    """
    given: dict[str, list[int]] = {}
    for row in read_rows(path, LIST_HEADER, _REMEDY):
        with skips.at(row.name):
            fields = row.fields()
            given[fields["picture"].strip()] = _votes(row, fields)
    unknown = sorted(given.keys() - set(names))
    if unknown:
        _log.warning("'%s' names images that do not exist, such as %s (%d in all)", path, unknown[0], len(unknown))
    none = [0] * len(COLUMNS)
    return np.array([given.get(name, none) for name in names], np.uint8).reshape(-1, len(COLUMNS))


def _votes(row: Row, fields: dict[str, str]) -> list[int]:
    texts = [fields[column] for column in COLUMNS]
    if not all(text.isdecimal() and int(text) <= 255 for text in texts):
        raise DataError(f"{row.where} has votes that are not numbers from 0 to 255", REPAIR)
    return [int(text) for text in texts]
