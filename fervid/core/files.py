"""Files and folders: checked before they are read, replaced only by complete ones, and errors that name them."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fervid.core.locks import lock, remove_abandoned
from fervid.errors import OutputError, SourceError

_CASE_COUNTS = os.name != "nt" and sys.platform != "darwin"


def require_file(path: Path) -> None:
    """Check that `path` is a readable file with something in it, before a decoder sees it.

    Decoders report all of these mistakes alike; here each gets a message of its own. A pipe is not opened, because
    what is read from it once is gone.

    Args:
        path: The video or picture.

    Raises:
        SourceError: It does not exist, is a folder, is empty, or cannot be read.
    """
    try:
        if path.is_dir():
            raise SourceError(f"'{path}' is a folder", "give a file in it")
        if is_pipe(path):
            return
        with path.open("rb") as file:
            if not file.read(1):
                raise SourceError(f"'{path}' is empty", "record or copy it again")
    except OSError as error:
        raise read_error(path, error) from error


def is_pipe(path: Path) -> bool:
    """Return True if `path` can be read only once and from its beginning, as a pipe or a terminal.

    Raises:
        OSError: It does not exist, or its folder is not accessible.
    """
    mode = path.stat().st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISSOCK(mode)


def read_error(path: Path, error: OSError) -> SourceError:
    """Return the error to raise when reading `path` raised `error`."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return SourceError(f"'{path}' does not exist", "check the path")
    if isinstance(error, PermissionError):
        return SourceError(f"'{path}' cannot be read: permission denied", "check its permissions")
    return SourceError(
        f"'{path}' cannot be read: {error.strerror or error}", "check the file and the disk that it is on"
    )


def file_identity(path: Path) -> tuple[object, ...]:
    """Return a value that two paths share if they lead to one file, through links of any kind.

    A file that does not exist yet is known by its folder and its name.
    """
    try:
        status = path.stat()
    except OSError:
        real = Path(os.path.realpath(path))
        if real.parent == real:
            return (real,)
        return (*file_identity(real.parent), real.name if _CASE_COUNTS else real.name.casefold())
    return status.st_dev, status.st_ino


def absolute(path: Path) -> Path:
    """Return the absolute path without ``.`` and ``..``. Links are not followed, so that each keeps its own name."""
    return Path(os.path.abspath(path))  # noqa: PTH100 (Path.resolve follows links)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents, unless they exist.

    Raises:
        OutputError: It cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"'{folder}' cannot be created ({error.strerror})", "choose another folder") from error


def take_place(part: Path, path: Path) -> None:
    """Rename a complete file, replacing the file that had the name before.

    Args:
        part: The complete file, closed.
        path: Its new name, in the same folder.

    Raises:
        OSError: The file cannot be renamed; both files are as they were.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())  # otherwise a power cut could leave an empty file under the new name
    part.replace(path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Replace `path` by a file written in the block, once that file is complete.

    Until the block has ended, `path` keeps its old content; when the block raises, it keeps it for good.

    Args:
        path: The file to replace, or to create. Its folder must exist.

    Yields:
        The temporary path to write to, in the same folder.

    Raises:
        OutputError: The file cannot be written.
    """
    # Another process that writes the same file has a temporary one of its own. A name may be 255 bytes long.
    begin, end = f"{path.name[:40]}.", ".partial"
    remove_abandoned(path.parent, begin, end)
    partial = path.with_name(f"{begin}{secrets.token_hex(4)}{end}")
    held: int | None = None
    try:
        held = lock(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield partial
        take_place(partial, path)
    except OSError as error:
        remedy = "free space or choose another folder"
        raise OutputError(f"'{path}' cannot be written ({error.strerror})", remedy) from error
    finally:
        if held is not None:
            os.close(held)
        with suppress(OSError):  # where nothing can be written, there is nothing to remove either
            partial.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, replacing what was there only once it is complete.

    Raises:
        OutputError: It cannot be written; an existing file is left as it was.
    """
    with replacing(path) as partial:
        partial.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, replacing what was there only once it is complete.

    Raises:
        OutputError: It cannot be written; an existing file is left as it was.
    """
    write_bytes(path, text.encode())


def remove(path: Path) -> None:
    """Remove a file, if it exists.

    Raises:
        OutputError: It cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        remedy = "remove it by hand, or choose another folder"
        raise OutputError(f"'{path}' cannot be removed ({error.strerror})", remedy) from error
