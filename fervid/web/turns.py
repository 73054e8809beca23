"""Long work of a site, one piece at a time, which the end of the site does not wait for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeVar

from starlette.exceptions import HTTPException

from fervid.core.closing import Closing

T = TypeVar("T")

_RETRY_S: Final = 2
"""The seconds after which a request that was refused should be sent again; the page does so by itself."""

_PATIENCE_S: Final = 0.5
"""The seconds that work in progress has at the end, which is enough for most pictures."""


class Turns(Closing):
    """Threads for work that takes long, one after the other.

    Threads of asyncio or AnyIO would be waited for at the end, however long their work takes.

    Args:
        most: The number of requests that may be in progress at a time: sending, waiting, or at work.
        release: Closes what the work uses. It is called once, when no work is in progress any more.
    """

    def __init__(self, most: int, release: Callable[[], None]) -> None:
        self._most = most
        self._release = release
        self._lock = threading.Lock()
        self._closed = False
        self._in_progress = 0
        self._turn: asyncio.Lock | None = None
        self._thread: threading.Thread | None = None
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Future[None]] | None = None

    def begin(self) -> None:
        """Begin to serve an event loop, the first time or another time."""
        self._turn = asyncio.Lock()

    def enter(self) -> None:
        """Take a place for a request. Call `leave` when it is done.

        Raises:
            HTTPException: There is none, or the site closes.
        """
        self._check_open()
        if self._in_progress >= self._most:
            raise _refusal(f"fervid is busy with {self._in_progress} other pictures; send it again in a moment")
        self._in_progress += 1

    def leave(self) -> None:
        """Give up the place of a request."""
        self._in_progress -= 1

    async def run(self, work: Callable[[], T]) -> T:
        """Wait for a turn, do the work in a thread, and return its result.

        Raises:
            HTTPException: The site closes.
            BaseException: The work raises it.
        """
        assert self._turn is not None, "begin comes first"
        async with self._turn:
            results: list[T] = []
            errors: list[BaseException] = []

            def do() -> None:
                try:
                    results.append(work())
                except BaseException as error:  # raised where the result is waited for
                    errors.append(error)
                with self._lock:
                    self._thread = None
                    if self._closed:
                        self._release()
                with suppress(RuntimeError):  # the loop has ended, and nobody waits
                    loop.call_soon_threadsafe(_wake, done)

            loop = asyncio.get_running_loop()
            done: asyncio.Future[None] = loop.create_future()
            with self._lock:
                self._check_open()
                self._waiting = loop, done
                self._thread = threading.Thread(target=do, name="fervid-photo", daemon=True)
                self._thread.start()
            await done
            if errors:
                raise errors[0]
            if not results:
                self._check_open()
            return results[0]

    def close(self) -> None:
        """Refuse all requests, also those in progress, and release what the work uses. May be called twice."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            thread = self._thread
            if thread is None:
                self._release()
                return
            if self._waiting is not None:
                loop, done = self._waiting
                with suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(_wake, done)
        thread.join(_PATIENCE_S)

    def _check_open(self) -> None:
        if self._closed:
            raise _refusal("fervid is shutting down; send it again when it runs")


def _refusal(line: str) -> HTTPException:
    return HTTPException(503, line, {"Retry-After": str(_RETRY_S)})


def _wake(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
