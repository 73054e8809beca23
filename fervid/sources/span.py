"""The part of a source between --start and --end."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from fervid.core.timecodes import Timecode, clock
from fervid.errors import SourceError


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a source, from its start up to but without its end, both counted from the first frame of the source.

    Attributes:
        start: The first frame of the span; None for the beginning of the source.
        end: The frame after the last one of the span; None for the end of the source.
    """

    start: Timecode | None = None
    end: Timecode | None = None

    def has_begun(self, index: int, time: float) -> bool:
        """Return whether the frame at this index and time is at or after `start`; times count from the first frame."""
        return self.start is None or self.start.reached(index, time)

    def has_ended(self, index: int, time: float) -> bool:
        """Return whether the frame at this index and time is at or after `end`; times count from the first frame."""
        return self.end is not None and self.end.reached(index, time)

    def empty_error(self, path: Path, last: float) -> SourceError:
        """Return the error to raise where the span has no frame.

        Args:
            path: The source.
            last: The time between the first and the last frame of the source, in seconds.
        """
        return SourceError(
            f"'{path}' has no frame between start and end",
            f"choose a part between {clock(0)} and {clock(last)}, counted from its first frame",
            options=("start", "end"),
        )

    def frame_count(self, total: int | None, rate: Fraction | None) -> int | None:
        """Return the approximate number of frames in the span; None where `total` is unknown.

        Args:
            total: The number of frames in the source; None where unknown.
            rate: The frame rate of the source; None where unknown, and then a start or end in seconds is ignored.
        """
        if total is None:
            return None
        start = _index(self.start, 0, rate)
        end = _index(self.end, total, rate)
        return max(0, min(end, total) - max(start, 0))


def _index(place: Timecode | None, default: int, rate: Fraction | None) -> int:
    if place is None:
        return default
    if place.frame is not None:
        return place.frame
    if place.seconds is None or rate is None:
        return default
    return round(place.seconds * float(rate))
