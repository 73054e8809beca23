"""Subjects, the people shown: from CK+'s names, or from a list beside image folders."""

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
"""The name of the list beside image folders."""

HEADER: Final = ("picture", "subject")


def subject_of(name: str) -> str:
    """Return the subject of the image or sequence `name` of CK+: the part before the first underscore."""
    return name.split("_", maxsplit=1)[0]


def read_list(path: Path, names: Sequence[str], skips: Skips) -> NDArray[np.str_]:
    """Read the subjects of images.

    Args:
        path: The list, ``subjects.csv``.
        names: The images, by their paths below the folder of the list.
        skips: The policy for invalid rows and images without a subject.

    Returns:
        (N,) text, empty for an image without a subject, which is to be skipped.

    Raises:
        DataError: The file is not such a list; or a row is invalid or an image has no subject, and `skips` does not
            allow it.
    """
    given: dict[str, str] = {}
    for row in read_rows(path, HEADER, f"begin it with {','.join(HEADER)}, or remove it"):
        with skips.at(row.name):
            fields = row.fields()
            if not fields["subject"].strip():
                raise DataError(f"{row.where} has no subject", REPAIR)
            given[fields["picture"].strip()] = fields["subject"].strip()
    for name in names:
        with skips.at(name):
            if name not in given:
                # A person whose images are in two splits would make every figure look better than it is.
                raise DataError(f"'{path}' has no subject for {name}", "add it, or skip the image with --skip-bad")
    return np.array([given.get(name, "") for name in names], np.str_)
