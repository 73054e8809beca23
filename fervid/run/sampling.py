"""The choice of the frames that are analysed: every Nth one, or so many a second."""

from __future__ import annotations

import math
from typing import Final, Protocol

_TOLERANCE: Final = 0.0005
"""Seconds by which a frame may come before its turn: containers round the times of frames to a millisecond."""


class Sampling(Protocol):
    """A choice among the frames of one source, which are offered in order."""

    def takes(self, time: float, /) -> bool:
        """Return True if the next frame is to be analysed.

        Args:
            time: Its time in seconds.
        """
        ...


class EveryNth:
    """The first frame and every Nth after it.

    Args:
        every: The number N; 1 takes all frames.
    """

    def __init__(self, every: int = 1) -> None:
        self._every = every
        self._offered = 0

    def takes(self, _: float, /) -> bool:
        """Return True if the next frame is to be analysed."""
        self._offered += 1
        return (self._offered - 1) % self._every == 0


class PerSecond:
    """The first frame, and the first one in each further interval of time, whatever the frame rate.

    The intervals are counted from the first frame, so that they never drift. One without a frame is left out.

    Args:
        rate: Frames a second of video time. Where the source has fewer, all are taken.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._first: float | None = None
        self._interval = -1

    def takes(self, time: float, /) -> bool:
        """Return True if the next frame is to be analysed."""
        if self._first is None:
            self._first = time
        interval = math.floor((time - self._first + _TOLERANCE) * self._rate)
        is_new = interval > self._interval
        self._interval = max(interval, self._interval)
        return is_new
