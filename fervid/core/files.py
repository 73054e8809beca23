"""Files that are whole at every moment: the old one until the new one is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fervid.errors import OutputError


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        OutputError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror})", "choose another folder") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write to the path that is given within the block; at its end, what is there takes the place of `path`.

    Raises:
        OutputError: It cannot be written; what was there before is untouched.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())  # or a power cut could leave the new name on an empty file
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):  # nothing is there to remove where nothing may be written
            partial.unlink(missing_ok=True)
        remedy = "free space or choose another folder"
        raise OutputError(f"{path} cannot be written ({error.strerror})", remedy) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Remove a file, where it is there.

    Raises:
        OutputError: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        remedy = "remove it by hand, or choose another folder"
        raise OutputError(f"{path} cannot be removed ({error.strerror})", remedy) from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file.

    Raises:
        OutputError: It cannot be written; what was there before is untouched.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8.

    Raises:
        OutputError: It cannot be written; what was there before is untouched.
    """
    write_bytes(path, text.encode())
