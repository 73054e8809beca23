"""The names of files that are begun during a live analysis."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from fervid.core.markers import markers_path


def timed_stem(now: datetime, label: str = "") -> str:
    """Return the name, without a suffix, of a file that is begun at a time of day.

    Args:
        now: The time of day.
        label: A part of the name that tells one of several sources; empty for a single one.
    """
    return f"live-{f'{label}-' if label else ''}{now:%Y%m%d-%H%M%S}"


def unused_paths(folder: Path, stem: str, suffixes: Sequence[str]) -> list[Path]:
    """Return a path for each suffix, all with one name; neither they nor files of their markers exist.

    Args:
        folder: The folder.
        stem: The name, which gets a number if it is taken.
        suffixes: The suffixes.
    """
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    paths = ([folder / f"{name}{suffix}" for suffix in suffixes] for name in names)
    return next(each for each in paths if not any(path.exists() or markers_path(path).exists() for path in each))
