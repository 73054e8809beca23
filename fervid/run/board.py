"""The newest item of a sequence, for any number of threads, or of tasks of an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of the items of a board.

    Attributes:
        error: The error that ended them; None if there is none.
    """

    error: BaseException | None


class Board(Generic[T]):
    """The newest item alone, for any number of watching threads. A slow watcher misses items and delays nobody."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._number = 0
        self._ended = False
        self._error: BaseException | None = None
        self._alerts: tuple[threading.Event, ...] = ()

    @property
    def newest(self) -> T | None:
        """The item that was posted last; None before the first one."""
        return self._item

    @property
    def ended(self) -> bool:
        """True once no further item follows."""
        return self._ended

    def post(self, item: T) -> None:
        """Replace the newest item."""
        with self._changed:
            self._item = item
            self._number += 1
            self._alert()

    def end(self, error: BaseException | None = None) -> None:
        """Mark the end of the items. Every watcher still gets the last one, then `error` raised, if any."""
        with self._changed:
            if not self._ended:
                self._ended, self._error = True, error
                self._alert()

    def watch(self, patience: float) -> Iterator[T | None]:
        """Yield the newest item whenever there is one that this watcher has not seen, until the end.

        Args:
            patience: The time in seconds after which None is yielded if there is no new item.

        Raises:
            BaseException: The error that ended the items, after the last one.
        """
        seen = 0
        while True:
            with self._changed:
                if self._number == seen and not self._ended:
                    self._changed.wait(patience)
                seen, item = self._after(seen)
            if isinstance(item, Ended):
                break
            yield item
        if self._error is not None:
            raise self._error

    def add_alert(self, alert: threading.Event) -> None:
        """Set an event whenever there is a new item, and at the end."""
        with self._changed:
            self._alerts = (*self._alerts, alert)
            alert.set()  # for what has come before

    def remove_alert(self, alert: threading.Event) -> None:
        """Set that event no longer."""
        with self._changed:
            self._alerts = tuple(other for other in self._alerts if other is not alert)

    def after(self, seen: int) -> tuple[int, T | Ended | None]:
        """Return, without waiting, the number of the newest item and the item, if it is newer than number `seen`.

        Otherwise, the second value is the end if it has come, and None if it has not.
        """
        with self._changed:
            return self._after(seen)

    def _after(self, seen: int) -> tuple[int, T | Ended | None]:
        if self._number > seen:
            return self._number, self._item
        return seen, Ended(self._error) if self._ended else None

    def _alert(self) -> None:
        self._changed.notify_all()
        for alert in self._alerts:
            alert.set()


def watch_together(boards: Sequence[Board[T]], patience: float) -> Iterator[dict[int, T | Ended]]:
    """Yield the newest items of several boards, until all have ended.

    Args:
        boards: The boards. One that is slow delays none of the others.
        patience: The time in seconds after which an empty dictionary is yielded if there is nothing new.

    Yields:
        By the place of its board: each item that has not been yielded yet, and once the end of each board.
    """
    alert = threading.Event()
    for board in boards:
        board.add_alert(alert)
    try:
        seen = dict.fromkeys(range(len(boards)), 0)
        while seen:
            alert.wait(patience)
            alert.clear()
            news: dict[int, T | Ended] = {}
            for place in list(seen):
                seen[place], item = boards[place].after(seen[place])
                if item is not None:
                    news[place] = item
                if isinstance(item, Ended):
                    del seen[place]
            yield news
    finally:
        for board in boards:
            board.remove_alert(alert)


class Relay(Generic[T]):
    """The newest item alone, posted by a thread, for any number of tasks of one event loop.

    A slow task misses items and delays neither the thread nor other tasks.
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
        """The number of tasks that wait for an item."""
        return len(self._waiting)

    @property
    def ended(self) -> bool:
        """True if no item follows."""
        return self._ended

    def post(self, item: T) -> None:
        """Replace the newest item. May be called from any thread."""
        with self._lock:
            self._item = item
            self._number += 1
            self._notify()

    def forget(self) -> None:
        """Remove the item, because it is out of date. Tasks that come next wait for a newer one."""
        with self._lock:
            self._item = None

    def end(self) -> None:
        """Mark the end of the items, for all tasks that wait or will wait.

        May be called from any thread, and more than once.
        """
        with self._lock:
            self._ended = True
            self._notify()

    async def after(self, seen: int, patience: float | None = None) -> tuple[int, T | None]:
        """Wait for an item that is newer than the one with the number `seen`.

        Args:
            seen: The number that came with the last item; 0 for any item.
            patience: The longest time to wait, in seconds; None for no limit.

        Returns:
            The number of the newest item, and the item; `seen` and None if none came in time, or none follows.
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
            except asyncio.TimeoutError:  # before Python 3.11, this is not the built-in TimeoutError
                return seen, None
            finally:
                self._waiting.discard(changed)

    def _notify(self) -> None:
        """Wake the tasks. The caller holds the lock, so that no task starts to wait unnoticed."""
        if self._waiting and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for changed in self._waiting:
            if not changed.done():
                changed.set_result(None)
