"""The rate and the latency at which pictures are shown."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from fervid.video.clock import Now

WINDOW_S: Final = 5.0
"""The default length of time that is measured, in seconds."""

_MAX_PICTURES: Final = 2048
"""The largest number of pictures in memory, however fast they come."""


@dataclass(frozen=True, slots=True)
class MeterReading:
    """The measurements over the last seconds, and counts since the start.

    Attributes:
        rate: The number of pictures shown a second.
        latency: The median time from the arrival of a frame until it is shown, in seconds.
        latency_p99: The 99th percentile of that time, in seconds.
        shown: The number of pictures shown since the start.
        dropped: The number of frames since the start that could not be analysed in time.
    """

    rate: float = 0.0
    latency: float = 0.0
    latency_p99: float = 0.0
    shown: int = 0
    dropped: int = 0


class Meter:
    """A measurement of rate and latency over the last seconds, in bounded memory. Any thread may read it.

    Args:
        window: The length of time that is measured, in seconds.
        now: The clock of `Result.arrived`, in seconds.
    """

    def __init__(self, window: float = WINDOW_S, *, now: Now = time.monotonic) -> None:
        self._window = window
        self._now = now
        self._lock = threading.Lock()
        self._shown: deque[tuple[float, float]] = deque(maxlen=_MAX_PICTURES)
        self._count = 0

    def add(self, arrived: float) -> None:
        """Count a picture that is shown now.

        Args:
            arrived: The time at which its frame arrived, in seconds of the meter's clock.
        """
        now = self._now()
        with self._lock:
            self._count += 1
            self._shown.append((now, now - arrived))

    def read(self, dropped: int = 0) -> MeterReading:
        """Return the measurements.

        Args:
            dropped: The value for `MeterReading.dropped`.
        """
        now = self._now()
        with self._lock:
            while self._shown and self._shown[0][0] < now - self._window:
                self._shown.popleft()
            times = [time for time, _ in self._shown]
            latencies = sorted(latency for _, latency in self._shown)
            count = self._count
        if not times:
            return MeterReading(shown=count, dropped=dropped)
        median, p99 = _quantile(latencies, 0.5), _quantile(latencies, 0.99)
        return MeterReading(_rate(times, now), median, p99, count, dropped)


def _rate(times: list[float], now: float) -> float:
    """Return the rate in pictures a second. If the next picture is overdue, the time since it was due counts too."""
    if len(times) < 2:
        return 0.0
    interval = (times[-1] - times[0]) / (len(times) - 1)
    overdue = max(0.0, now - times[-1] - interval)
    duration = times[-1] - times[0] + overdue
    return (len(times) - 1) / duration if duration > 0 else 0.0


def _quantile(ordered: list[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
