"""Facts about FER2013 as Kaggle publishes it (Goodfellow et al. 2013, arXiv:1307.0414), and how to recognise it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NAME: Final = "FER2013"
ROWS: Final = 35887
"""The number of rows of Kaggle's table."""

PRIVATE_ROWS: Final = 3589
"""The number of rows of Kaggle's table with the usage PrivateTest."""

_FILES: Final = ("fer2013", "icmlfacedata")
"""The names of Kaggle's tables, with letters and digits alone."""


def data_name(path: Path) -> str:
    """Return the name to show for a table or for archives in the form of FER2013.

    Args:
        path: The file or folder that the user gave.

    Returns:
        The name of the file without its suffix, or of the folder; `NAME` where it begins like that of Kaggle's table.
    """
    whole = path.resolve()
    name = whole.name if whole.is_dir() else whole.stem
    return NAME if "".join(filter(str.isalnum, name.lower())).startswith(_FILES) else name


def published_rows(name: str) -> int | None:
    """Return the number of faces in the published private_test of the data set `name`; None for other data."""
    return PRIVATE_ROWS if name == NAME else None
