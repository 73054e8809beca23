"""The times of frames on the clock of a receiver."""

from __future__ import annotations

import time
from collections.abc import Callable

from fervid.core.clock_offset import ClockOffset


class FrameClock:
    """A clock that tells when each frame was taken, from the frame's own time and its arrival (`ClockOffset`).

    Args:
        clock: The clock of the receiver, in seconds.
        now: The clock of the arrivals, in seconds.
    """

    def __init__(self, clock: Callable[[], float], now: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now = now
        self._offset = ClockOffset()
        self._newest: float | None = None

    def time_of(self, own: float, arrived: float) -> float:
        """Return the time of the next frame on the clock of the receiver, in seconds.

        Args:
            own: The time of the frame on the clock of its source, in seconds.
            arrived: Its arrival, in seconds of the clock of the arrivals.
        """
        # This clock is read first: an interruption between the two readings then makes the frame seem to arrive later,
        # which counts for nothing beside those that arrived earlier.
        since = self._now() - arrived
        self._newest = self._offset.after(own, self._clock() - since)
        return own + self._newest

    def at(self, own: float) -> float:
        """Return a time on the clock of the source as one on the clock of the receiver; now, if no frame has come yet.

        Args:
            own: The time, in seconds.
        """
        return self._clock() if self._newest is None else own + self._newest
