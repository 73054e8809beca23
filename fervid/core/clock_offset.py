"""The offset between two clocks, of which one is only heard of late."""

from __future__ import annotations

from collections import deque
from typing import Final

WINDOW_S: Final = 10.0
"""The seconds over which the shortest delay is measured."""


class ClockOffset:
    """The offset of a clock from that of a source, as the arrivals of frames tell.

    The source's own times say how long lies between two frames, but not when its time began, and its clock may go
    slightly faster or slower. The arrival of a frame says that, but late by its delay, which varies. The frame with the
    shortest delay of the last seconds says it best. (NTP filters its samples in the same way: RFC 5905, section 10.)

    Own times that are shifted by it never go back, as long as they and the arrivals do not, and never lie after the
    arrival.
    """

    def __init__(self) -> None:
        # Each arrival that may become the earliest one, with its difference from the source's own time; both increase.
        self._offsets: deque[tuple[float, float]] = deque()

    def after(self, own: float, arrived: float) -> float:
        """Return the offset after the next frame, in seconds.

        Args:
            own: The time of the frame on the clock of the source, in seconds.
            arrived: Its arrival on the other clock, in seconds.
        """
        offset = arrived - own
        while self._offsets and self._offsets[-1][1] >= offset:
            self._offsets.pop()
        self._offsets.append((arrived, offset))
        while self._offsets[0][0] < arrived - WINDOW_S:
            self._offsets.popleft()
        return self._offsets[0][1]
