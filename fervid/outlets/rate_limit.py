"""A limit to the number of frames that are sent in a second."""

from __future__ import annotations

from typing import Final

_EARLY_S: Final = 0.008
"""The time by which a frame may be early, in seconds, because those of a camera do not come at even distances."""

_EARLY: Final = 0.25
"""The largest share of the usual distance by which a frame may be early."""


class RateLimit:
    """A limit to the rate of frames, which chooses those that are sent.

    >>> limit = RateLimit(10)
    >>> [limit.is_due(time) for time in (0.0, 0.04, 0.08, 0.12, 0.16, 0.2)]
    [True, False, False, True, False, True]

    Args:
        rate: The limit, in frames a second; None for no limit.
    """

    def __init__(self, rate: float | None) -> None:
        self._interval = 0.0 if rate is None else 1 / rate
        self._early = min(_EARLY_S, _EARLY * self._interval)
        self._due = float("-inf")

    def is_due(self, time: float) -> bool:
        """Return True if the frame with this time, in seconds, is to be sent. Call this once for each frame."""
        if time < self._due - self._early:
            return False
        # Counted from when this frame was due, so that the rate is kept on average; a gap is not made up for.
        is_late = time > self._due + self._interval
        self._due = (time if is_late else self._due) + self._interval
        return True
