"""The newest of something, for any number of watchers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Board(Generic[T]):
    """Holds the newest item alone; each watcher takes it when it has time, and none makes another wait.

    One that is slow misses items.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._number = 0
        self._ended = False
        self._error: BaseException | None = None

    @property
    def newest(self) -> T | None:
        """What was posted last; None before the first item."""
        return self._item

    def post(self, item: T) -> None:
        """Put `item` in the place of the one before."""
        with self._changed:
            self._item = item
            self._number += 1
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        """Say that no item follows; each watcher still gets the last one, then `error`, if there is one."""
        with self._changed:
            if not self._ended:
                self._ended, self._error = True, error
                self._changed.notify_all()

    def watch(self, patience: float) -> Iterator[T | None]:
        """Yield the newest item whenever there is one that this watcher has not seen, until the end.

        Args:
            patience: After so many seconds without one, None is yielded.

        Raises:
            BaseException: What went wrong, after the last item.
        """
        seen = 0
        while True:
            with self._changed:
                if self._number == seen and not self._ended:
                    self._changed.wait(patience)
                item = self._item if self._number > seen else None
                seen = self._number
                if item is None and self._ended:
                    break
            yield item
        if self._error is not None:
            raise self._error
