"""A pytest plugin that ends each test after a time, so that one which waits for ever fails instead.

By default, a test has `SECONDS`. The marker `limit` gives it another number: fewer where a fault of the code makes it
wait. A test that is marked `slow` or `gpu` has a limit only if it names one.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Final

import pytest

SECONDS: Final = 120.0
"""Several times what the longest test takes."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let the block fail when it takes longer, on a machine that is not busy; on a busy one it has more time.

    It has no effect where signals cannot reach it: on Windows, and in other threads than the main one.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    begin = time.monotonic()

    def check(*_: object) -> None:
        left = seconds * _slowness() - (time.monotonic() - begin)
        if left <= 0:
            pytest.fail(f"took longer than {seconds:g} s")
        signal.setitimer(signal.ITIMER_REAL, left)

    before = signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _slowness() -> float:
    """Return the number of processes that want each core, at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Run a test within its limit."""
    marker = item.get_closest_marker("limit")
    if marker is None and any(map(item.get_closest_marker, ("slow", "gpu"))):
        return (yield)
    with limited(marker.args[0] if marker is not None else SECONDS):
        return (yield)
