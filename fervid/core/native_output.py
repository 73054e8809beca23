"""Suppression of the output that native code writes to the terminal, past Python."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_STDERR: Final = 2
# Two overlapping redirections would restore each other's null device for good.
_stderr_lock = threading.Lock()


@contextmanager
def silenced() -> Iterator[None]:
    """Send file descriptor 2 to the null device for a moment: what native code writes there breaks a progress bar.

    Python's own messages of the same moment are lost too, so keep it short. Does nothing where stderr is closed.
    """
    with _stderr_lock:
        try:
            kept = os.dup(_STDERR)
        except OSError:
            yield
            return
        try:
            if sys.stderr is not None:
                with suppress(OSError, ValueError):
                    sys.stderr.flush()
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, _STDERR)
            os.close(null)
            yield
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
