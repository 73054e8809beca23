"""Files that are whole at every moment: the old one until the new one is complete."""

from __future__ import annotations

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
        raise OutputError(f"{folder} cannot be made ({error.strerror})", "choose another folder with -o") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file.

    Raises:
        OutputError: It cannot be written; what was there before is untouched.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        remedy = "free space or choose another folder with -o"
        raise OutputError(f"{path} cannot be written ({error.strerror})", remedy) from error


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8.

    Raises:
        OutputError: It cannot be written; what was there before is untouched.
    """
    write_bytes(path, text.encode())
