"""A file of rows, which never ends within a row."""

from __future__ import annotations

import io
import threading
from collections import deque
from pathlib import Path
from typing import Any, Final

from typing_extensions import override

_BUFFER_BYTES: Final = io.DEFAULT_BUFFER_SIZE
"""The number of bytes from which rows are no longer kept in memory."""


class RowFile(io.BufferedIOBase):
    """A file that holds whole rows alone, at every moment: also on a full disk, and after a kill.

    Rows are collected and written together by one call of the system. If it writes only a part of them, because the
    disk is full, the file is cut back to the last whole row.

    Args:
        path: The file, which is emptied.

    Raises:
        OSError: The file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._lock = threading.Lock()
        self._rows: deque[bytes] = deque()
        self._waiting = 0
        self._length = 0

    @override
    def writable(self) -> bool:
        """Return True."""
        return True

    @override
    def fileno(self) -> int:
        """Return the descriptor."""
        return self._file.fileno()

    @override
    def write(self, row: Any) -> int:
        """Add one or several whole rows.

        Raises:
            OSError: The rows so far cannot be written, for example because the disk is full.
        """
        content = bytes(row)
        with self._lock:
            self._rows.append(content)
            self._waiting += len(content)
        if self._waiting >= _BUFFER_BYTES:
            self.flush()
        return len(content)

    @override
    def flush(self) -> None:
        """Write the rows that are in memory.

        Raises:
            OSError: Not all of them can be written. The others stay in memory, for the next attempt.
        """
        with self._lock:
            content = memoryview(b"".join(self._rows))
            done = 0
            try:
                while done < len(content):
                    done += self._file.write(content[done:])
            finally:
                self._keep_whole(done)

    def _keep_whole(self, done: int) -> None:
        """Forget the rows that are whole in the file after `done` further bytes, and cut off the rest."""
        end = self._length + done
        while self._rows and self._length + len(self._rows[0]) <= end:
            self._length += len(self._rows[0])
            self._waiting -= len(self._rows.popleft())
        if end > self._length:
            self._file.truncate(self._length)
            self._file.seek(self._length)

    @override
    def close(self) -> None:
        """Write the rows that are in memory, and close the file.

        Raises:
            OSError: Not all rows can be written. The file is closed all the same.
        """
        if self._file.closed:
            return
        try:
            self.flush()
        finally:
            self._rows.clear()  # closing the base class flushes again
            self._file.close()
            super().close()
