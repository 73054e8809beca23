"""The fragments of a recorded MP4 file (ISO/IEC 14496-12, 8.8), which is cut back to whole ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Final

_HEADER_BYTES: Final = 8
_LONG_HEADER_BYTES: Final = 16

_LAST: Final = (b"mdat", b"mfra")
"""The boxes with which a recording may end: the pictures of a fragment, and the index."""


def cut_torn_end(path: Path) -> None:
    """Cut a fragmented MP4 file back to its last whole fragment. Without any, the file becomes empty.

    A full disk ends a recording within a fragment, whose pictures many programs take for a damaged file.

    Args:
        path: The file, which nobody has open.

    Raises:
        OSError: The file cannot be read or changed.
    """
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        end = whole = 0
        while (kind_and_length := _box(file, end)) is not None:
            kind, length = kind_and_length
            end += length
            if end > size:
                break
            if kind in _LAST:
                whole = end
        if whole < size:
            file.truncate(whole)


def _box(file: BinaryIO, begin: int) -> tuple[bytes, int] | None:
    """Return the type and the length of the box that begins at an offset; None if there is none."""
    file.seek(begin)
    header = file.read(_LONG_HEADER_BYTES)
    length, kind = int.from_bytes(header[:4], "big"), header[4:_HEADER_BYTES]
    if length == 1:
        length = int.from_bytes(header[_HEADER_BYTES:], "big")
    return (kind, length) if len(header) >= _HEADER_BYTES and length >= _HEADER_BYTES else None
