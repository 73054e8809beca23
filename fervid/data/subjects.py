"""Who is seen: by the names of CK+, or by a list beside picture folders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.data.faces import Skips
from fervid.data.table_rows import REPAIR, read_rows
from fervid.errors import DataError

LIST: Final = "subjects.csv"
"""The list beside picture folders."""

HEADER: Final = ("picture", "subject")


def subject_of(name: str) -> str:
    """Who is seen in the picture or sequence `name` of CK+: what stands before the first underscore."""
    return name.split("_", maxsplit=1)[0]


def read_list(path: Path, names: Sequence[str], skips: Skips) -> NDArray[np.str_]:
    """Read who is seen in pictures.

    Args:
        path: ``subjects.csv``.
        names: The pictures, by their paths below the folder that holds the list.
        skips: What to do with a wrong row.

    Returns:
        (N,) text, empty for a picture of which that is not known and that is to be skipped.

    Raises:
        DataError: It is no such list, does not tell who is seen in a picture, or a row is wrong and `skips` does not
            allow it.
    """
    given: dict[str, str] = {}
    for row in read_rows(path, HEADER, f"begin it with {','.join(HEADER)}, or remove it"):
        with skips.at(row.name):
            fields = row.fields()
            if not fields["subject"].strip():
                raise DataError(f"{row.where} names no subject", REPAIR)
            given[fields["picture"].strip()] = fields["subject"].strip()
    for name in names:
        with skips.at(name):
            if name not in given:
                # One person's pictures in two splits would make every figure look better than it is.
                raise DataError(f"{path} does not say who is seen in {name}", "add it, or leave it out with --skip-bad")
    return np.array([given.get(name, "") for name in names], np.str_)
