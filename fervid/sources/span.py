"""The part of a source that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from fervid.core.timecodes import Timecode, clock
from fervid.errors import SourceError


@dataclass(frozen=True, slots=True)
class Span:
    """From one place of a source to another.

    Attributes:
        start: The first frame that counts; None from the beginning.
        end: The first frame that no longer counts; None to the end.
    """

    start: Timecode | None = None
    end: Timecode | None = None

    def begun(self, index: int, time: float) -> bool:
        """Whether the frame with this index and time (in seconds) lies at or after `start`."""
        return self.start is None or self.start.reached(index, time)

    def over(self, index: int, time: float) -> bool:
        """Whether the frame with this index and time (in seconds) lies at or after `end`."""
        return self.end is not None and self.end.reached(index, time)

    def nothing(self, path: Path, last: float) -> SourceError:
        """The error to raise where no frame of `path` lies in the span; `last` is the time of its last one read."""
        return SourceError(f"'{path}' has no frame between start and end", f"the last one read is at {clock(last)}")

    def frames(self, total: int | None, first: float, rate: Fraction | None) -> int | None:
        """About how many of a source's frames lie in the span.

        Args:
            total: How many the source has; None where unknown, and then so is the answer.
            first: The time of its first frame in seconds.
            rate: Its frames a second; None where unknown, and then `total` stands where times are asked for.
        """
        if total is None:
            return None
        start = _index(self.start, 0, first, rate)
        end = _index(self.end, total, first, rate)
        return max(0, min(end, total) - max(start, 0))


def _index(place: Timecode | None, default: int, first: float, rate: Fraction | None) -> int:
    if place is None:
        return default
    if place.frame is not None:
        return place.frame
    if place.seconds is None or rate is None:
        return default
    return round((place.seconds - first) * float(rate))
