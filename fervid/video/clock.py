"""Timestamps of frames: one for each frame, each later than the one before."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

MICROSECOND: Final = Fraction(1, 1_000_000)
"""The unit of timestamps that are taken on arrival, in seconds."""

Now = Callable[[], float]
"""A monotonic clock: returns seconds since some fixed moment."""


class Clock:
    """Passes a container's time stamps on untouched, and mends those that cannot stand.

    - A missing one is the one before plus the duration of a frame; some containers leave out most of them.
    - One that does not come after the one before, by less than a second, is moved to one tick after it: no frame is
      dropped, their order stays, and the stamps that follow keep their own values.
    - One that jumps back by a second or more is taken for a clock that was started anew, as where recordings were
      joined: from there on, all stamps are shifted so that time goes on.

    Args:
        time_base: The unit of the stamps in seconds.
        rate: Frames a second, the duration of a frame where it does not tell its own; None where unknown.
        start: The stamp of the first frame, should it have none.
    """

    def __init__(self, time_base: Fraction, rate: Fraction | None = None, start: int = 0) -> None:
        self._second = max(1, round(1 / time_base))
        self._step = max(1, round(1 / (rate * time_base))) if rate else 1
        self._start = start
        self._shift = 0
        self._last: int | None = None
        self.moved = 0
        """How many stamps were there but could not stand as they were."""

    def stamp(self, pts: int | None, duration: int | None = None) -> int:
        """The stamp for the next frame.

        Args:
            pts: What the container says; None where it says nothing.
            duration: Of the frame, in the same unit; None or 0 where unknown.
        """
        stamp = self._next(pts, duration or self._step)
        self.moved += pts is not None and stamp != pts
        self._last = stamp
        return stamp

    def _next(self, pts: int | None, duration: int) -> int:
        if self._last is None:
            return self._start if pts is None else pts
        if pts is None:
            return self._last + duration
        if pts + self._shift <= self._last - self._second:
            self._shift = self._last + duration - pts
        return max(pts + self._shift, self._last + 1)


class ArrivalClock:
    """A clock that stamps frames with the time at which they arrive, from 0, each later than the one before."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._last = -1

    def stamp(self, arrived: float) -> int:
        """Return the timestamp of the next frame, in units of `MICROSECOND`.

        Args:
            arrived: The time of arrival, in seconds of a monotonic clock.
        """
        if self._start is None:
            self._start = arrived
        self._last = max(self._last + 1, round((arrived - self._start) / MICROSECOND))
        return self._last
