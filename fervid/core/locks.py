"""Locks on files, which distinguish what is in use from what a killed process left behind."""

from __future__ import annotations

import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_FCNTL: Final[Any] = import_module("fcntl") if find_spec("fcntl") else None
_MSVCRT: Final[Any] = import_module("msvcrt") if find_spec("msvcrt") else None

_TOKEN: Final = re.compile("[0-9a-f]{8}")

_POLL_S: Final = 0.1
"""The time in seconds between two attempts to get a lock."""

_FAR: Final = 1 << 30
"""The offset of the byte that is locked on Windows, where nobody else can read a locked byte."""


@contextmanager
def exclusive(path: Path, busy: Callable[[str], object]) -> Iterator[bool]:
    """Hold a lock file during the block, which no other process does at the same time.

    A process that has died holds no lock. Where no lock can be had, because the file system has none or the file cannot
    be created, the block runs without one. So it does when a second owner was quicker: nobody waits for more than one.

    Args:
        path: The lock file, which is removed after the block.
        busy: Called once if another process holds the lock, with a description such as ``process 17 on nas``. It
            returns to wait, or raises an exception.

    Yields:
        True if the lock is held.
    """
    descriptor = _wait(path, busy)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            _give_back(path, descriptor)


def lock(descriptor: int) -> int | None:
    """Lock an open file until its descriptor is closed, if the file system supports that.

    Args:
        descriptor: The descriptor of the file.

    Returns:
        The descriptor; None if the file needs no lock, because an open file cannot be removed on this system, in which
        case it is closed.
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


def _wait(path: Path, busy: Callable[[str], object]) -> int | None:
    """Return the descriptor of the locked file; None if no lock can be had, or a second owner was quicker."""
    first, attempts = "", 0
    while True:
        try:
            return _take(path)
        except BlockingIOError:
            owner = _owner(path)
        except OSError:
            return None
        if first and owner and owner != first:
            return None
        first, attempts = first or owner, attempts + 1
        if attempts == 2:  # at the first attempt, the owner may be about to end or to write its name
            busy(first or "another process")
        time.sleep(_POLL_S)


def _take(path: Path) -> int:
    """Lock a file, which is created if missing, write the name of this process into it, and return its descriptor.

    Raises:
        BlockingIOError: Another process has locked it.
        OSError: It cannot be created, or the file system has no locks.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock_now(descriptor, path)
            is_current = _leads_to(path, descriptor)
            if is_current:
                with suppress(OSError):  # the disk is full, and the owner has no name
                    os.ftruncate(descriptor, 0)
                    os.write(descriptor, f"{os.getpid()} {platform.node()}".encode())
        except BaseException:
            os.close(descriptor)
            raise
        if is_current:
            return descriptor
        os.close(descriptor)  # the owner before removed the file after it was opened here


def _lock_now(descriptor: int, path: Path) -> None:
    """Lock an open file without waiting.

    Raises:
        BlockingIOError: Another process has locked it.
        OSError: The file system has no locks; the file is removed.
    """
    if _FCNTL is not None:
        try:
            _FCNTL.flock(descriptor, _FCNTL.LOCK_EX | _FCNTL.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    try:
        _MSVCRT.locking(descriptor, _MSVCRT.LK_NBLCK, 1)
    except OSError as error:  # there is no other reason on a local disk
        raise BlockingIOError(error.errno, error.strerror) from error
    finally:
        os.lseek(descriptor, 0, os.SEEK_SET)


def _leads_to(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _owner(path: Path) -> str:
    """Return the process that wrote its name into a lock file; empty if there is none."""
    try:
        number, _, host = path.read_text(encoding="utf-8").partition(" ")
    except (OSError, UnicodeDecodeError):
        return ""
    return f"process {number}" + (f" on {host}" if host != platform.node() else "") if number else ""


def _give_back(path: Path, descriptor: int) -> None:
    if _FCNTL is None:
        os.close(descriptor)  # an open file cannot be removed there
        descriptor = -1
    with suppress(OSError):
        path.unlink()
    if descriptor >= 0:
        os.close(descriptor)


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
