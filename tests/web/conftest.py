"""No test leaves a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    deadline = time.monotonic() + 1  # workers of a loop that has ended go by themselves
    while left() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left() == []


def left() -> list[str]:
    """The names of the threads that pages begin."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("fervid", "AnyIO"))]
