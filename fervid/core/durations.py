"""Durations of frames, for totals."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

LONGEST: Final = 25
"""The longest duration of a frame, as a multiple of the usual one. At 25 frames a second, that is one second."""

_STEPS: Final = 16
"""Classes of durations for each doubling, so that their number does not grow with that of the frames."""


@dataclass(slots=True)
class _Durations:
    """Durations of about the same length.

    Attributes:
        count: The number of durations.
        seconds: Their sum.
        shown: The number of them for each name that was counted with them.
        shown_seconds: The sum of them for each name.
    """

    count: int = 0
    seconds: float = 0.0
    shown: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    shown_seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))


class Durations:
    """The durations of frames, and for how long in total each name was shown in them.

    No frame counts for longer than `LONGEST` times the usual duration, which is the median. So a gap in a recording
    does not count for the emotion before it.
    """

    def __init__(self) -> None:
        self._classes: dict[int, _Durations] = defaultdict(_Durations)

    def add(self, duration: float, names: tuple[str, ...]) -> None:
        """Count a frame.

        Args:
            duration: The time until the next frame, in seconds. A frame that lasts no time is left out.
            names: The names that it shows. One may occur twice, and counts twice.
        """
        if duration <= 0:
            return
        counted = self._classes[round(math.log2(duration) * _STEPS)]
        counted.count += 1
        counted.seconds += duration
        for name in names:
            counted.shown[name] += 1
            counted.shown_seconds[name] += duration

    @property
    def limit(self) -> float:
        """The longest duration that counts, in seconds; infinite without a frame."""
        before, total = 0, sum(counted.count for counted in self._classes.values())
        for _, counted in sorted(self._classes.items()):
            before += counted.count
            if 2 * before >= total:
                return LONGEST * counted.seconds / counted.count
        return math.inf

    def totals(self) -> dict[str, float]:
        """Return the seconds for which each name was shown."""
        limit = self.limit
        totals: dict[str, float] = defaultdict(float)
        for counted in self._classes.values():
            is_gap = counted.seconds / counted.count > limit
            for name, count in counted.shown.items():
                totals[name] += count * limit if is_gap else counted.shown_seconds[name]
        return dict(totals)
