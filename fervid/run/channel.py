"""A bounded queue between two threads that either side can end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

# A wait without a limit cannot be interrupted by Ctrl-C on Windows.
_WAKE_S = 0.1


class Channel(Generic[T]):
    """Carries items from one producing to one consuming thread, in order, at most `capacity` at a time.

    The producer puts items, then ends the channel, with an error if it failed. The consumer iterates; when it stops
    early, for whatever reason, the channel is cancelled and the producer's next `put` says so. Nothing ever waits for a
    side that has gone.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("a channel holds at least one item")
        self._capacity = capacity
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._cancelled = False
        self._error: BaseException | None = None

    def put(self, item: T) -> bool:
        """Hand over `item`, waiting for room; False if the consumer has gone and nobody will take it."""
        with self._changed:
            while len(self._items) >= self._capacity and not self._cancelled:
                self._changed.wait(_WAKE_S)
            if self._cancelled:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def end(self, error: BaseException | None = None) -> None:
        """Say that no item follows; the consumer gets those that wait, then `error`, if there is one."""
        with self._changed:
            self._ended = True
            self._error = error
            self._changed.notify_all()

    def cancel(self) -> None:
        """Say that nobody will take items any more; those that wait are dropped."""
        with self._changed:
            self._cancelled = True
            self._items.clear()
            self._changed.notify_all()

    def feed(self, items: Iterable[T]) -> None:
        """Put all of `items` and end; the whole life of a producing thread."""
        iterator = iter(items)
        try:
            for item in iterator:
                if not self.put(item):
                    break
        except BaseException as error:  # it is the consumer's: a thread has nobody to raise to
            self.end(error)
        else:
            self.end()
        finally:
            # A generator that is left early must run its clean-up in its own thread, now, not when it is collected.
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    def __iter__(self) -> Iterator[T]:
        """Take items until the producer ends.

        Raises:
            BaseException: The producer's error, after the items that came before it.
        """
        try:
            while True:
                with self._changed:
                    while not (self._items or self._ended or self._cancelled):
                        self._changed.wait(_WAKE_S)
                    if not self._items:
                        break
                    item = self._items.popleft()
                    self._changed.notify_all()
                yield item
            if self._error is not None and not self._cancelled:
                raise self._error
        finally:
            self.cancel()
