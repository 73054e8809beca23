"""A pytest plugin that ends each test after a time, so that one which waits for ever fails instead.

The set-up, the call and the tear-down of a test have `SECONDS` each, on a busy machine more, but never more than
`LONGEST`. The marker `limit` gives the call another number: fewer where a fault of the code makes it wait. Tests that
are marked `slow` or `gpu` have an hour.

When the time is over, all processes that the tests have started are killed, and the test fails and names the line where
it stood. The fixtures of all scopes are then made anew for the next test, because their processes are gone. Native
code can ignore that: `GRACE` later, the process itself ends. pytest-xdist reports the test as failed then, and starts
another process for the remaining tests.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import sysconfig
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic  # by itself: tests replace that of the module
from types import FrameType
from typing import Final

import pytest

from support.children import descendants

SECONDS: Final = 120.0
"""Several times what the longest test takes."""
LONGEST: Final = 300.0
"""The limit to which the load of the machine can extend a shorter one."""
SLOW: Final = 3600.0
"""The limit of tests that are marked `slow` or `gpu`."""
REPEAT: Final = 10.0
"""The time after which a test that has caught its failure, or waits in its `finally`, fails again. An alarm that comes
while the main thread has another signal to handle may end in another thread, and does not wake it: then the next one
does."""
GRACE: Final = 60.0
"""The time after which a test that cannot fail ends the process."""

_LIBRARIES = {Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")}
_STDERR = pytest.StashKey[int]()
_ENDED = pytest.StashKey[bool]()


@contextmanager
def limited(seconds: float, on_end: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Let the block fail when it takes longer, on a machine that is not busy; on a busy one it has more time.

    It has no effect where signals cannot reach it: on Windows, and in other threads than the main one.

    Args:
        seconds: The limit.
        on_end: Called when the time is over, before the block fails.
    """
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return
    begin = monotonic()
    failures: list[str] = []

    def check(_: int, frame: FrameType | None) -> None:
        allowed = min(seconds * _slowness(), _longest(seconds))
        left = allowed - (monotonic() - begin)
        signal.setitimer(signal.ITIMER_REAL, left if left > 0 else REPEAT, REPEAT)
        if left <= 0:
            failures.append(f"took longer than {allowed:g} s at {_place(frame)}")
            _kill_descendants()
            on_end()
            pytest.fail(failures[0])

    before = signal.signal(signal.SIGALRM, check)
    outer, _ = signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT)
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:
        if failures:  # what was killed makes other errors than the true one
            pytest.fail(failures[0])
        raise
    else:
        if failures:
            pytest.fail(failures[0])
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if outer:
            signal.setitimer(signal.ITIMER_REAL, max(outer - (monotonic() - begin), 0.001), REPEAT)


def _longest(seconds: float) -> float:
    return max(seconds, LONGEST)


def _slowness() -> float:
    """Return the number of processes that want each core, at least 1."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _kill_descendants() -> None:
    for process in descendants(os.getpid()):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)


def _place(frame: FrameType | None) -> str:
    """Return the line that is running, or the one that called the library that is running."""
    frames = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    # Playwright waits in a greenlet of its own, whose frames do not lead to those of the test.
    if "greenlet" in sys.modules:
        greenlet = sys.modules["greenlet"].getcurrent().parent
        while greenlet is not None:
            inner = greenlet.gr_frame
            while inner is not None:
                frames.append(inner)
                inner = inner.f_back
            greenlet = greenlet.parent
    own = (frame for frame in frames if _LIBRARIES.isdisjoint(Path(frame.f_code.co_filename).parents))
    found = next(own, frames[0] if frames else None)
    return f"{Path(found.f_code.co_filename).name}:{found.f_lineno}" if found is not None else "an unknown line"


@contextmanager
def _phase(item: pytest.Item, seconds: float) -> Iterator[None]:
    """Run a phase of a test within its limit, and end the process where that does not help."""
    faulthandler.dump_traceback_later(_longest(seconds) + GRACE, exit=True, file=item.config.stash[_STDERR])
    try:
        with limited(seconds, lambda: item.stash.__setitem__(_ENDED, True)):
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the standard error that pytest captures from the tests."""
    config.stash[_STDERR] = os.dup(2)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process although a thread that a test has left goes on."""
    faulthandler.dump_traceback_later(LONGEST + GRACE, exit=True, file=config.stash[_STDERR])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Set a test up within a limit."""
    with _phase(item, SECONDS):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Run a test within its limit."""
    marker = item.get_closest_marker("limit")
    slow = any(map(item.get_closest_marker, ("slow", "gpu")))
    with _phase(item, marker.args[0] if marker is not None else SLOW if slow else SECONDS):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Tear a test down within a limit; after one that was ended, tear down the fixtures of all scopes."""
    try:
        with _phase(item, SECONDS):
            return (yield)
    finally:
        if item.stash.get(_ENDED, False):
            with _phase(item, SECONDS):
                item.session._setupstate.teardown_exact(None)
