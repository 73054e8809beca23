"""Pipes whose reading can be ended while it waits for data."""

from __future__ import annotations

import select
import threading
from pathlib import Path
from typing import Final

from fervid.core.closing import Closing

CAN_WAIT: Final = hasattr(select, "poll")
"""True where the system can wait for data with a time limit, which Windows cannot."""

_WAKE_MS: Final = 100
"""The interval at which a waiting `read` looks for `stop`, in milliseconds."""


class Pipe(Closing):
    """An open pipe for `av.open`, which reads it through Python, so that a silent sender holds nobody up.

    Args:
        path: The pipe. Opening a named one waits for a sender.

    Attributes:
        name: The address that FFmpeg is told.
        error: The exception that ended a `read`, such as `KeyboardInterrupt`; None if there was none.

    Raises:
        OSError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.name = f"file:{path}"
        self.error: BaseException | None = None
        self._file = path.open("rb", buffering=0)
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self._stopped = threading.Event()

    def read(self, size: int) -> bytes:
        """Return the next bytes, `size` at most, as soon as there are any; none at the end or after `stop`."""
        try:
            while not self._stopped.is_set():
                if self._poll.poll(_WAKE_MS):
                    return self._file.read(size) or b""
        except BaseException as error:  # FFmpeg would lose it, and read on
            self._stopped.set()
            self.error = error
        return b""

    def stop(self) -> None:
        """Let the pipe end here for the reader. May be called from any thread, and more than once."""
        self._stopped.set()

    def close(self) -> None:
        """Close the pipe. May be called more than once."""
        self._file.close()
