"""A queue between two threads in which the newest items win."""

from __future__ import annotations

from typing import TypeVar

from fervid.run.channel import Channel

T = TypeVar("T")


class Latest(Channel[T]):
    """A `Channel` whose producer never waits: where there is no room, the oldest item goes, and is counted.

    So whoever falls behind goes on with what is newest, and delay and memory stay bounded.

    Args:
        capacity: How many items may wait; one where only the newest is of use.

    Attributes:
        dropped: How many items went untaken, for want of room.
    """

    def __init__(self, capacity: int = 1) -> None:
        super().__init__(capacity)
        self.dropped = 0

    def put(self, item: T) -> bool:
        """Hand over `item` at once; False if the consumer has gone and nobody will take it."""
        with self._changed:
            if self._cancelled:
                return False
            if len(self._items) >= self._capacity:
                self._items.popleft()
                self.dropped += 1
            self._items.append(item)
            self._changed.notify_all()
            return True
