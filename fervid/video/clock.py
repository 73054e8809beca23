"""Timestamps of frames: one for each frame, each later than the one before."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

MICROSECOND: Final = Fraction(1, 1_000_000)
"""The unit of timestamps that are taken on arrival, in seconds."""

Now = Callable[[], float]
"""A monotonic clock: returns seconds since some fixed moment."""


def exact_rate(rate: float) -> Fraction:
    """Return a frame rate as people write it, such as 29.97, as a fraction whose frames have exact times."""
    return Fraction(rate).limit_denominator(10_000)


class Clock:
    """The timestamps of a container, corrected where they are missing or do not increase.

    - A missing timestamp becomes the one before plus the duration of a frame. Some containers leave out most of them.
    - A timestamp that is not later than the one before, but less than a second behind it, is moved to one tick after
      it. No frame is dropped, and the timestamps that follow keep their values.
    - A timestamp that lies a second or more behind the one before is taken for a restarted clock, as where recordings
      were joined. From there on, all timestamps are shifted so that time goes on.

    All others are kept as they are.

    Args:
        time_base: The unit of the timestamps, in seconds.
        rate: Frames a second, which gives the duration of frames that have none; None where unknown.
        start: The timestamp of the first frame, if it has none.

    Attributes:
        shifts: The shift after each restart of the clock so far, in units of `time_base`.
        moved: The number of timestamps changed so far, not counting those that were missing.
    """

    def __init__(self, time_base: Fraction, rate: Fraction | None = None, start: int = 0) -> None:
        self._second = max(1, round(1 / time_base))
        self._step = max(1, round(1 / (rate * time_base))) if rate else 1
        self._start = start
        self.shifts: tuple[int, ...] = ()
        self._last: int | None = None
        self.moved = 0

    def stamp(self, pts: int | None, duration: int | None = None) -> int:
        """Return the timestamp of the next frame, in units of `time_base`.

        Args:
            pts: The timestamp in the container; None where it has none.
            duration: The duration of the frame, in the same unit; None or 0 where unknown.
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
        shift = self.shifts[-1] if self.shifts else 0
        if pts + shift <= self._last - self._second:
            shift = self._last + duration - pts
            self.shifts += (shift,)
        return max(pts + shift, self._last + 1)


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
