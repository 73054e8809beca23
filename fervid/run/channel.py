"""Bounded queues between two threads, which either side can end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from typing_extensions import override

T = TypeVar("T")

# A wait without a limit cannot be interrupted by Ctrl-C on Windows.
_WAKE_S = 0.1


class Channel(Generic[T]):
    """A bounded, lossless queue from one producing thread to one consuming thread.

    The producer puts items, then ends the channel, with an error if it failed. The consumer iterates. If it stops
    early, for whatever reason, the channel is cancelled and the next `put` of the producer returns False. Neither side
    ever waits for one that has gone.

    Args:
        capacity: The largest number of items in the queue, from 1.

    Raises:
        ValueError: The capacity is less than 1.
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
        """Append an item, and wait for room if there is none.

        Returns:
            False if the consumer has gone, so that nobody will take the item.
        """
        with self._changed:
            while len(self._items) >= self._capacity and not self._cancelled:
                self._changed.wait(_WAKE_S)
            if self._cancelled:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    @property
    def waiting(self) -> int:
        """The number of items in the queue."""
        return len(self._items)

    def end(self, error: BaseException | None = None) -> None:
        """Mark the end of the items. The consumer takes those that are waiting, then gets `error` raised, if any."""
        with self._changed:
            self._ended = True
            self._error = error
            self._changed.notify_all()

    def cancel(self) -> None:
        """Drop the waiting items and refuse new ones, because nobody will take them."""
        with self._changed:
            self._cancelled = True
            self._items.clear()
            self._changed.notify_all()

    def feed(self, items: Iterable[T]) -> None:
        """Put all items, then end the channel: the target of a producing thread.

        An error of `items` becomes the error of the channel. A generator is closed in this thread.
        """
        iterator = iter(items)
        try:
            for item in iterator:
                if not self.put(item):
                    break
        except BaseException as error:  # the consumer raises it, because nobody would see it in this thread
            self.end(error)
        else:
            self.end()
        finally:
            # A generator that is left early must clean up now and in this thread, not when it is collected.
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    def __iter__(self) -> Iterator[T]:
        """Take the items in order, until the producer ends the channel.

        Raises:
            BaseException: The error of the producer, after the items that came before it.
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


class DroppingChannel(Channel[T]):
    """A `Channel` whose producer never waits: if there is no room, the oldest item is dropped and counted.

    So a consumer that falls behind continues with the newest items, and delay and memory stay bounded.

    Args:
        capacity: The largest number of items in the queue; 1 if only the newest is of use.

    Attributes:
        dropped: The number of items that were dropped for lack of room.
    """

    def __init__(self, capacity: int = 1) -> None:
        super().__init__(capacity)
        self.dropped = 0

    @override
    def put(self, item: T) -> bool:
        """Append an item at once, in place of the oldest one if there is no room.

        Returns:
            False if the consumer has gone, so that nobody will take the item.
        """
        with self._changed:
            if self._cancelled:
                return False
            if len(self._items) >= self._capacity:
                self._items.popleft()
                self.dropped += 1
            self._items.append(item)
            self._changed.notify_all()
            return True
