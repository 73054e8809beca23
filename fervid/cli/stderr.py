"""Standard error, which is reserved for messages to the user."""

from __future__ import annotations

import faulthandler
import os
import sys

_STDERR = 2


def debugging() -> bool:
    """Return True if ``FERVID_DEBUG=1`` asks for tracebacks and for the messages of native code."""
    return bool(os.environ.get("FERVID_DEBUG"))


def silence_process() -> None:
    """Discard all messages of this process, because another one prints the same. Has no effect in debugging."""
    if not debugging():
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open until the process ends


def silence_native_code() -> None:
    """Discard what native code writes to standard error, and give Python's messages a descriptor of their own.

    MediaPipe logs a line at an unpredictable moment, which would break a progress bar and ``--quiet``. After a crash of
    native code, the location is still printed. Has no effect if standard error is closed.
    """
    try:
        descriptor = os.dup(_STDERR)
    except OSError:
        return
    sys.stderr = os.fdopen(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    faulthandler.enable(sys.stderr)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, _STDERR)
    os.close(null)
