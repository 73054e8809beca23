"""Standard error, kept for messages to the user."""

from __future__ import annotations

import faulthandler
import os
import sys

_STDERR = 2


def debugging() -> bool:
    """Whether the user asked, by ``FERVID_DEBUG=1``, for tracebacks and for what native code says."""
    return bool(os.environ.get("FERVID_DEBUG"))


def say_nothing() -> None:
    """Send whatever this process would say to the null device, where another one says the same; not when debugging."""
    if not debugging():
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for as long as the process lasts


def keep_for_python() -> None:
    """Give Python's standard error a descriptor of its own and send what native code writes to the null device.

    MediaPipe logs a line at an unpredictable picture, which would break a progress bar and the promise of ``--quiet``.
    A crash of native code still shows where it happened. Does nothing where standard error is closed.
    """
    try:
        kept = os.dup(_STDERR)
    except OSError:
        return
    sys.stderr = os.fdopen(kept, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    faulthandler.enable(sys.stderr)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, _STDERR)
    os.close(null)
