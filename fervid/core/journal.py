"""A journal: a file of JSON objects, one a line, that is only ever appended to."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fervid.core.regular_files import read_lines


class Journal:
    """A file of JSON objects, one a line, each of which is on the disk when `append` returns.

    A kill or a full disk leaves at most one line without its end. Nobody reads it, and the next line takes its place.

    Args:
        path: The file, which need not exist.

    Attributes:
        path: As given.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[list[Mapping[str, Any]], int]:
        """Return the objects, and the number of whole lines that hold none because they are damaged.

        A file that does not exist is empty.

        Raises:
            OSError: The file cannot be read, or is no regular file.
        """
        found: list[Mapping[str, Any]] = []
        damaged = 0
        try:
            for line in read_lines(self.path, errors="replace"):
                if not line.endswith("\n"):
                    break
                try:
                    entry = json.loads(line)
                except (ValueError, RecursionError):
                    entry = None
                if isinstance(entry, dict):
                    found.append(entry)
                else:
                    damaged += 1
        except FileNotFoundError:
            pass
        return found, damaged

    def append(self, entry: Mapping[str, Any]) -> None:
        """Add an object.

        Args:
            entry: The object, which JSON can express.

        Raises:
            OSError: It cannot be written; the file ends with its last whole line, as far as that is possible.
        """
        line = (json.dumps(entry) + "\n").encode()
        with self.path.open("a+b", buffering=0) as file:
            end = _cut_torn_end(file)
            try:
                written = file.write(line)
                if written < len(line):
                    file.write(line[written:])  # raises the reason, such as a full disk
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise


def _cut_torn_end(file: io.FileIO) -> int:
    """Remove what follows the last whole line of a file, and return the size of the rest."""
    size = end = file.seek(0, os.SEEK_END)
    step = 1 << 16
    while end:
        begin = max(0, end - step)
        file.seek(begin)
        place = (file.read(end - begin) or b"").rfind(b"\n")
        if place >= 0:
            end = begin + place + 1
            break
        end = begin
    if end < size:
        file.truncate(end)
    return end
