"""The clock that several live sources share, so that their times can be compared."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from fervid.core.clock_offset import ClockOffset
from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.sources.base import LiveSource
from fervid.video.clock import MICROSECOND, Now


class CommonClock:
    """A clock for several live sources, which counts seconds from the moment at which it is made.

    >>> clock = fervid.CommonClock()
    >>> first = fervid.live("recordings/first.mp4", csv="first.csv", clock=clock)
    >>> with fervid.live("recordings/second.mp4", csv="second.csv", clock=clock) as second, first:
    ...     for frame, reading in second:
    ...         beside = first.live.results.newest  # None before its first picture
    >>> begun = [fervid.Timeline.load(f"{name}.csv").provenance["started"] for name in ("first", "second")]
    >>> begun[0] == begun[1]
    True

    Args:
        now: The monotonic clock of the sources, in seconds.
        today: Returns the time of the day, in seconds since 1970.

    Attributes:
        zero: The moment from which it counts, in seconds of `now`.
        started: The same moment in seconds since 1970.
    """

    def __init__(self, *, now: Now = time.monotonic, today: Now = time.time) -> None:
        self.zero = now()
        self.started = today()


class OnClock(Closing):
    """A live source whose times are those of a common clock.

    Times are the source's own, shifted so that the frame with the shortest delay of the last seconds has the time of
    its arrival (`ClockOffset`). Frames that waited in a buffer while the source was being opened have the times of
    their arrival.

    Args:
        source: The source; `close` closes it.
        clock: The clock.
    """

    def __init__(self, source: LiveSource, clock: CommonClock) -> None:
        self._source = source
        self._zero = clock.zero
        self._offset = ClockOffset()

    @property
    def name(self) -> str:
        """The name of the source."""
        return self._source.name

    @property
    def undecodable(self) -> int:
        """The number of packets or pictures so far that did not decode, and so gave no frame."""
        return self._source.undecodable

    @property
    def arrived(self) -> float:
        """The time at which the last frame arrived, in seconds of the monotonic clock."""
        return self._source.arrived

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame on arrival, with its time on the common clock."""
        last = -1
        for frame in self._source:
            arrived = self._source.arrived - self._zero
            last = max(last + 1, round((frame.time + self._offset.after(frame.time, arrived)) / MICROSECOND))
            yield replace(frame, pts=last, time_base=MICROSECOND, shifts=())

    def stop(self) -> None:
        """Ask the reading thread to leave its loop. May be called from any thread, and more than once."""
        self._source.stop()

    def close(self) -> None:
        """Close the source. May be called more than once."""
        self._source.close()
