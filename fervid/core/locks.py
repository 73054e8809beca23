"""Locks on temporary files, which tell those that are written from those that a killed run has left."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

# Windows has none, and needs none: there, an open file cannot be removed.
_FCNTL: Final[Any] = import_module("fcntl") if find_spec("fcntl") else None

_TOKEN: Final = re.compile("[0-9a-f]{8}")


def lock(descriptor: int) -> int | None:
    """Lock an open file for as long as its descriptor is open, where the file system can.

    Returns:
        The descriptor; None where the system has no such locks, and the file is closed.
    """
    if _FCNTL is None:
        os.close(descriptor)
        return None
    with suppress(OSError):
        _FCNTL.flock(descriptor, _FCNTL.LOCK_EX | _FCNTL.LOCK_NB)
    return descriptor


def remove_abandoned(folder: Path, begin: str, end: str) -> None:
    """Remove the temporary files that no process holds any more.

    Args:
        folder: Where they are.
        begin: How their names begin.
        end: How their names end, after eight digits in base 16.
    """
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            name = entry.name
            if name.startswith(begin) and name.endswith(end) and _TOKEN.fullmatch(name[len(begin) : -len(end)]):
                with suppress(OSError):
                    _remove_unless_locked(Path(entry.path))


def _remove_unless_locked(path: Path) -> None:
    """Remove a file.

    Raises:
        OSError: A process holds it.
    """
    if _FCNTL is None:
        path.unlink()
        return
    descriptor = os.open(path, os.O_RDWR)
    try:
        _FCNTL.flock(descriptor, _FCNTL.LOCK_EX | _FCNTL.LOCK_NB)
        path.unlink()
    finally:
        os.close(descriptor)
