"""Folders that appear, or replace earlier ones, only when they are complete."""

from __future__ import annotations

import glob
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fervid.core.files import absolute
from fervid.core.interrupts import uninterrupted
from fervid.core.locks import exclusive
from fervid.errors import OutputError

_REMAINS: Final = re.compile(r"\.[0-9a-f]{8}\.(partial|old)")
"""Ends of the names of a folder that is being filled, and of one that is being replaced."""


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Replace a folder by one that is filled in the block, once that one is complete.

    Args:
        folder: The folder to replace, or to create. The folder that it is in must exist.

    Yields:
        An empty folder beside it.

    Raises:
        OutputError: The folder cannot be written; an earlier one stays as it was.
    """
    # Another process that writes the same has folders of its own.
    token = secrets.token_hex(4)
    partial, old = (_beside(folder, f"{token}.{suffix}") for suffix in ("partial", "old"))
    try:
        partial.mkdir()
        yield partial
        with uninterrupted():  # for a moment, there is no folder
            if folder.exists():
                folder.replace(old)
            partial.replace(folder)
    except OSError as error:
        remedy = "free some space, or choose another folder with -o"
        raise OutputError(f"'{folder}' cannot be written ({error.strerror or error})", remedy) from error
    finally:
        with uninterrupted():
            _clear(folder, partial, old)


@contextmanager
def replacing_alone(folder: Path, busy: Callable[[str], object]) -> Iterator[None]:
    """Let one process at a time replace a folder in the block, and clear up first what killed ones left of it.

    Args:
        folder: The folder, for `replacing_folder`.
        busy: Called once if another process holds the lock, as for `exclusive`.
    """
    lock = _beside(folder, "lock")
    with exclusive(lock, busy) as is_alone:
        if is_alone:
            beside = lock.parent.glob(f"{glob.escape(lock.stem)}.*")
            _clear(folder, *(path for path in beside if _REMAINS.fullmatch(path.name[len(lock.stem) :])))
        yield


def _beside(folder: Path, suffix: str) -> Path:
    """Return a path beside `folder`, which may be ``.`` or end in ``..``."""
    place = absolute(folder)
    return place.with_name(f"{place.name}.{suffix}")


def _clear(folder: Path, *remains: Path) -> None:
    """Remove what is left of a replacement, but let a replaced folder take its place again if there is no new one."""
    for path in remains:
        if path.suffix == ".old" and not folder.exists():
            with suppress(OSError):
                path.replace(folder)
        shutil.rmtree(path, ignore_errors=True)
