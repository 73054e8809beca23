"""The clock of a live source at any moment, also between two frames."""

from __future__ import annotations

import threading

from fervid.core.clock_offset import ClockOffset


class SourceClock:
    """The clock of a source, as its frames tell it. One thread follows the frames, and any may ask for the time."""

    def __init__(self) -> None:
        self._offset = ClockOffset()
        self._lock = threading.Lock()
        self._known: float | None = None

    def follow(self, own: float, arrived: float) -> None:
        """Take the next frame into account.

        Args:
            own: The time of the frame on the clock of the source, in seconds.
            arrived: Its arrival, in seconds of the monotonic clock.
        """
        with self._lock:
            self._known = self._offset.after(own, arrived)

    def at(self, moment: float) -> float | None:
        """Return the time on the clock of the source at a moment, in seconds; None before the first frame.

        Args:
            moment: The moment, in seconds of the monotonic clock.
        """
        with self._lock:
            return None if self._known is None else moment - self._known
