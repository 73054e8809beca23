"""The newest of something, handed from a thread to any number of tasks of an event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Relay(Generic[T]):
    """A `Board` for tasks: it holds the newest item alone, and no task makes the thread or another one wait.

    All tasks must run in the same event loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: set[asyncio.Future[None]] = set()
        self._item: T | None = None
        self._number = 0
        self._ended = False

    @property
    def waiting(self) -> int:
        """How many tasks wait for an item at the moment."""
        return len(self._waiting)

    def post(self, item: T) -> None:
        """Put `item` in the place of the one before; from any thread."""
        with self._lock:
            self._item = item
            self._number += 1
            self._call()

    def forget(self) -> None:
        """Let go of the item, which is out of date; whoever comes next waits for a newer one."""
        with self._lock:
            self._item = None

    def end(self) -> None:
        """Say that no item follows, to all who wait or will; from any thread, once or more."""
        with self._lock:
            self._ended = True
            self._call()

    async def after(self, seen: int, patience: float | None = None) -> tuple[int, T | None]:
        """Wait for an item newer than the one with the number `seen`; 0 takes any.

        Args:
            seen: The number that came with the last item.
            patience: For how many seconds to wait; None for ever.

        Returns:
            The number of the newest item, and the item; None where none came in time, or none follows.
        """
        loop = asyncio.get_running_loop()
        while True:
            with self._lock:
                self._loop = loop
                if self._item is not None and self._number > seen:
                    return self._number, self._item
                if self._ended:
                    return seen, None
                changed = loop.create_future()
                self._waiting.add(changed)
            try:
                await asyncio.wait_for(changed, patience)
            except asyncio.TimeoutError:  # a class of its own before Python 3.11
                return seen, None
            finally:
                self._waiting.discard(changed)

    @property
    def ended(self) -> bool:
        """Whether no item follows."""
        return self._ended

    def _call(self) -> None:
        """Wake the tasks; the lock is held, so no task begins to wait meanwhile unnoticed."""
        if self._waiting and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for changed in self._waiting:
            if not changed.done():
                changed.set_result(None)
