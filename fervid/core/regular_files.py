"""Files that are read whole or line by line: regular ones of a limited size.

A pipe or a device may never end, or never begin: reading it would fill the memory or wait for ever. Videos come through
pipes too; they are opened elsewhere. All errors here are an `OSError` whose `strerror` is fit for a message.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Final

SMALL: Final = 16 << 20
"""The largest size in bytes of a description: a manifest, a label, a detector model."""

LARGE: Final = 2 << 30
"""The largest size in bytes of weights and compiled networks; ONNX files cannot be larger."""

TABLE: Final = 8 << 30
"""The largest size in bytes of a table, which is read line by line. Kaggle's table of FER2013 has 300 MB."""

LONGEST_LINE: Final = 1 << 20
"""The number of characters that a line may have. Those of Kaggle's table have 10,000."""

_PART: Final = 1 << 20
"""The number of bytes to read at once."""


def open_regular(path: Path, most: int) -> BinaryIO:
    """Open a file for reading, without waiting for the other end of a pipe.

    Args:
        path: The file.
        most: The largest size allowed, in bytes.

    Raises:
        OSError: The file cannot be opened, is larger, or is a folder, a pipe, a socket or a device.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file", str(path))
        if status.st_size > most:
            raise _too_large_error(path, most)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def check_regular(path: Path, most: int) -> None:
    """Check a file that other code opens by its path; the arguments and errors are those of `open_regular`."""
    open_regular(path, most).close()


def read_regular(path: Path, most: int) -> bytes:
    """Return the content of a file; the arguments and errors are those of `open_regular`."""
    with open_regular(path, most) as file:
        content = read_up_to(file, most)
    if len(content) > most:  # such as a file of /proc, whose size is not known beforehand
        raise _too_large_error(path, most)
    return content


def read_lines(path: Path, *, encoding: str = "utf-8", errors: str = "strict") -> Generator[str, None, None]:
    """Yield the lines of a table with their line ends, as the `csv` module wants them.

    Args:
        path: The file.
        encoding: Its encoding.
        errors: The policy for bytes that are not text, as for `open`.

    Raises:
        OSError: As for `open_regular`; or a line is longer than `LONGEST_LINE`.
        UnicodeDecodeError: The file is not text, and `errors` says so.
    """
    with io.TextIOWrapper(open_regular(path, TABLE), encoding=encoding, errors=errors, newline="") as file:
        while line := file.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise OSError(errno.EFBIG, f"a line of it is longer than {LONGEST_LINE:,} characters", str(path))
            yield line


def read_up_to(file: BinaryIO, most: int) -> bytes:
    """Return the rest of an open file, or its first `most` bytes and at least one more where it is longer.

    Unlike `file.read(most)`, it takes no more memory than the file has bytes.
    """
    parts = [file.read(min(most, os.fstat(file.fileno()).st_size))]  # a pipe has no size
    size = len(parts[0])
    while size <= most and (part := file.read(_PART)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _too_large_error(path: Path, most: int) -> OSError:
    size = f"{most >> 20} MB" if most >> 20 else f"{most >> 10} kB"
    return OSError(errno.EFBIG, f"it is larger than {size}", str(path))
