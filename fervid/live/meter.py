"""How fast pictures are shown, and how late."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from fervid.video.clock import Now

WINDOW_S: Final = 5.0
"""The time that a reading looks back on."""

_MOST: Final = 2048
"""Pictures that are remembered at most, however fast they come."""


@dataclass(frozen=True, slots=True)
class MeterReading:
    """How it goes at the moment.

    Attributes:
        rate: Pictures shown a second.
        latency: From a frame's arrival to its being shown, in seconds: the median.
        latency_p99: The same, the 99th percentile.
        shown: How many pictures were shown since the beginning.
        dropped: How many frames came since the beginning that could not be analysed in time.
    """

    rate: float = 0.0
    latency: float = 0.0
    latency_p99: float = 0.0
    shown: int = 0
    dropped: int = 0


class Meter:
    """Measures over the last seconds, in bounded memory; any thread may ask.

    Args:
        window: The time that it looks back on, in seconds.
        now: The clock by which frames arrive.
    """

    def __init__(self, window: float = WINDOW_S, *, now: Now = time.monotonic) -> None:
        self._window = window
        self._now = now
        self._lock = threading.Lock()
        self._shown: deque[tuple[float, float]] = deque(maxlen=_MOST)
        self._count = 0

    def shown(self, arrived: float) -> None:
        """A picture is shown, now, whose frame came at `arrived`."""
        now = self._now()
        with self._lock:
            self._count += 1
            self._shown.append((now, now - arrived))

    def read(self, dropped: int = 0) -> MeterReading:
        """How it goes.

        Args:
            dropped: To be passed on.
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
        return MeterReading(_rate(times, now), _share(latencies, 0.5), _share(latencies, 0.99), count, dropped)


def _rate(times: list[float], now: float) -> float:
    """Intervals a second; where the next picture keeps us waiting for longer than usual, that wait counts too."""
    if len(times) < 2:
        return 0.0
    usual = (times[-1] - times[0]) / (len(times) - 1)
    late = max(0.0, now - times[-1] - usual)
    spanned = times[-1] - times[0] + late
    return (len(times) - 1) / spanned if spanned > 0 else 0.0


def _share(ordered: list[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
