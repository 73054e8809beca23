"""The time for which each frame of a recording counts, gaps left out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Generic, TypeVar

T = TypeVar("T")

GAP_S: Final = 1.0
"""The least time between two frames, in seconds, that may be a gap."""

GAP_INTERVALS: Final = 5
"""The least time between two frames that may be a gap, as a multiple of the usual interval."""

LONE_S: Final = 0.04
"""The duration of a frame, in seconds, where nothing tells how long a frame usually lasts."""

SHORTEST_S: Final = 0.5
"""The default length of the shortest segment, in seconds. Expressions that people show openly last from half a second
to four (Matsumoto and Hwang 2011, doi:10.1007/s11031-011-9212-2), and shorter changes of a prediction are mostly noise.
"""

SHORTEST_BOUNDS: Final = (0.0, 3600.0)
"""The bounds of that length."""

_INTERVALS: Final = 15
"""The number of intervals between frames whose median is the usual one."""

_TOLERANCE_S: Final = 0.0005
"""Half a millisecond, because times are printed to a millisecond."""


@dataclass(frozen=True, slots=True)
class Span(Generic[T]):
    """The time for which a frame counts.

    Attributes:
        item: The item that was added with the frame.
        start: The time of the frame, in seconds.
        end: The time at which it ends, in seconds; never before `start`.
        breaks: True if the next frame does not follow at `end`, because of a gap or of a clock that jumps back.
    """

    item: T
    start: float
    end: float
    breaks: bool = False

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return self.end - self.start


class Spans(Generic[T]):
    """The spans of frames as they pass, whatever the frame rate, and however it varies.

    A frame lasts until the next one. Where that comes more than `GAP_S` and more than `GAP_INTERVALS` usual intervals
    later, the recording has a gap, and the frame lasts one usual interval. So does the last frame, unless the interval
    before it tells better. The usual interval is the median of the last 15 intervals, and of the first 15 for the
    frames among these, so at most 15 frames wait for their spans.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, T]] = deque()
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)

    def add(self, time: float, item: T) -> Iterator[Span[T]]:
        """Add the next frame and yield the spans that are known now, in order.

        Args:
            time: The time of the frame, in seconds.
            item: Anything that belongs to the frame.
        """
        if self._waiting and time > self._waiting[-1][0]:
            self._intervals.append(time - self._waiting[-1][0])
        self._waiting.append((time, item))
        while len(self._waiting) > 1:
            (start, first), (following, _) = self._waiting[0], self._waiting[1]
            is_early = len(self._intervals) < _INTERVALS and len(self._waiting) <= _INTERVALS
            if _may_be_gap(following - start) and is_early:
                return
            self._waiting.popleft()
            yield self._span(start, following, first)

    def rest(self) -> Iterator[Span[T]]:
        """Yield the spans that are not known yet, as they are if no frame follows. Changes nothing."""
        waiting = list(self._waiting)
        for (start, item), (following, _) in pairwise(waiting):
            yield self._span(start, following, item)
        for start, item in waiting[-1:]:
            yield Span(item, start, start + self._last_duration(), breaks=True)

    def _span(self, start: float, following: float, item: T) -> Span[T]:
        if following < start:
            return Span(item, start, start, breaks=True)
        if self._is_gap(following - start):
            return Span(item, start, start + self._usual, breaks=True)
        return Span(item, start, following)

    def _last_duration(self) -> float:
        if not self._intervals or self._is_gap(self._intervals[-1]):
            return self._usual
        return self._intervals[-1]

    def _is_gap(self, interval: float) -> bool:
        return _may_be_gap(interval) and interval > GAP_INTERVALS * self._usual

    @property
    def _usual(self) -> float:
        """The usual interval. A single long one tells nothing."""
        if len(self._intervals) == 1 and _may_be_gap(self._intervals[0]):
            return LONE_S
        if not self._intervals:
            return LONE_S
        return sorted(self._intervals)[(len(self._intervals) - 1) // 2]  # the lower median, which is one of them


def shortest_interval(times: Iterable[float]) -> float:
    """Return the shortest time between frames that follow each other, in seconds; 1 where nothing tells it.

    Args:
        times: The times of the frames, in seconds. Where the clock stands still or jumps back, there is no interval.
    """
    return min((later - earlier for earlier, later in pairwise(times) if later > earlier), default=1.0)


def _may_be_gap(interval: float) -> bool:
    return interval > GAP_S + _TOLERANCE_S
