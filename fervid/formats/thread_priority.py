"""The priority of threads, which some encoders raise above everything else on the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_THREADS: Final = "/proc/self/task"
"""The folder in which Linux lists the threads of this process."""


@contextmanager
def kept_priority() -> Iterator[None]:
    """Keep the scheduling of this thread within the block, and give it to the threads that are started there.

    SVT-AV1, as root, gives itself and the thread that opens it the highest real-time priority (SCHED_FIFO, 99). That
    thread would keep it, and the processes that it starts later inherit it, so that one busy loop stops the machine.
    Does nothing on other systems than Linux.
    """
    if sys.platform != "linux":
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    before = _threads()
    try:
        yield
    finally:
        for thread in {0} | _threads() - before:
            with suppress(OSError):  # the thread has ended, or the system forbids it
                if os.sched_getscheduler(thread) != policy:
                    os.sched_setscheduler(thread, policy, parameters)


def _threads() -> set[int]:
    """Return the ids of all threads of this process, where the system lists them."""
    try:
        return {int(name) for name in os.listdir(_THREADS)}  # noqa: PTH208 - names alone are wanted
    except OSError:
        return set()
