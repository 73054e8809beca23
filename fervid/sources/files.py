"""What must hold of a file before a decoder sees it, so that each usual mistake gets its own clear line."""

from __future__ import annotations

from pathlib import Path

from fervid.errors import SourceError


def require_file(path: Path) -> None:
    """Make sure that `path` is a file that can be read and is not empty.

    Raises:
        SourceError: It is not.
    """
    try:
        if path.is_dir():
            raise SourceError(f"'{path}' is a folder", "give a file in it")
        with path.open("rb") as file:
            if not file.read(1):
                raise SourceError(f"'{path}' is empty", "record or copy it again")
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> SourceError:
    """The error to raise where the operating system refuses `path`."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceError(f"'{path}' is not there", "check its name and folder")
    if isinstance(error, PermissionError):
        return SourceError(f"'{path}' may not be read", "check its permissions")
    return SourceError(f"'{path}' cannot be read: {error.strerror or error}", "check the disk that it is on")
