"""Locks on temporary files, which distinguish files in use from those that a killed run left behind."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

# Windows has no fcntl and needs none, because an open file cannot be removed there.
_FCNTL: Final[Any] = import_module("fcntl") if find_spec("fcntl") else None

_TOKEN: Final = re.compile("[0-9a-f]{8}")


def lock(descriptor: int) -> int | None:
    """Lock an open file until its descriptor is closed, if the file system supports that.

    Args:
        descriptor: The descriptor of the file.

    Returns:
        The descriptor; None if the system has no such locks, in which case the file is closed.
    """
    if _FCNTL is None:
        os.close(descriptor)
        return None
    with suppress(OSError):
        _FCNTL.flock(descriptor, _FCNTL.LOCK_EX | _FCNTL.LOCK_NB)
    return descriptor


def remove_abandoned(folder: Path, begin: str, end: str) -> None:
    """Remove temporary files that no process has locked. Errors are ignored.

    Args:
        folder: The folder of the files.
        begin: The beginning of their names.
        end: The end of their names, after eight hexadecimal digits.
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
        OSError: A process has locked the file, or it cannot be removed.
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
