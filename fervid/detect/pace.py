"""The looks for new faces that a frame may have."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final

from typing_extensions import override

_SHARE: Final = 0.25
"""The part of the time between two frames that the looks of a frame may take."""

_NEWEST: Final = 0.2
"""The weight of the newest duration of a look in the mean."""


class Pace:
    """No limit, so that the looks depend on the frames alone.

    Attributes:
        spreads: True if a new scene is searched over several frames, and not in its first one.
    """

    spreads = False

    def begin(self, elapsed: float, looks: int) -> None:
        """Begin with the looks for new faces in a frame.

        Args:
            elapsed: The seconds since the frame before.
            looks: The number of looks at known faces in this frame.
        """

    def affords(self, name: str) -> bool:
        """Return True if the frame may have one more look by the detector of that name."""
        del name
        return True

    def affords_close_up(self, name: str) -> bool:
        """Return True if the frame may have one more close-up by that detector, of what may be a new face."""
        del name
        return True

    def now(self) -> float:
        """Return the time at which a look begins, in seconds."""
        return 0.0

    def took(self, name: str, begin: float) -> None:
        """Note that a look ends, which began at the time `begin`.

        Args:
            name: The name of the detector.
            begin: A result of `now`.
        """


class LivePace(Pace):
    """The pace of a search for which no frame waits, by the time that looks take on this machine.

    A frame with looks at known faces has none for new ones, unless the frame before had none either. Otherwise it has
    one, and more as long as they take less than a quarter of the time between two frames. Close-ups of what they
    find may take as long as that whole time, so that a crowd is complete after a few frames.

    Args:
        clock: Returns the time in seconds.
    """

    spreads = True

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._costs: dict[str, float] = {}
        self._left = 0.0
        self._left_for_close_ups = 0.0
        self._has_looked = False
        self._is_put_off = False

    @override
    def begin(self, elapsed: float, looks: int) -> None:
        """Begin with the looks for new faces in a frame. See `Pace`."""
        self._is_put_off = looks > 0 and not self._is_put_off
        # Looks at known faces are those of the faster detector.
        self._left = _SHARE * elapsed - looks * min(self._costs.values(), default=0.0)
        self._left_for_close_ups = elapsed
        self._has_looked = False

    @override
    def affords(self, name: str) -> bool:
        """Return True if the frame may have one more look by the detector of that name."""
        return not self._is_put_off and (not self._has_looked or self._costs.get(name, math.inf) <= self._left)

    @override
    def affords_close_up(self, name: str) -> bool:
        """Return True if the frame may have one more close-up by that detector, of what may be a new face."""
        return not self._has_looked or self._costs.get(name, 0.0) <= self._left_for_close_ups

    @override
    def now(self) -> float:
        """Return the time at which a look begins, in seconds."""
        return self._clock()

    @override
    def took(self, name: str, begin: float) -> None:
        """Note that a look ends. See `Pace`."""
        seconds = self._clock() - begin
        self._costs[name] = seconds + (1 - _NEWEST) * (self._costs.get(name, seconds) - seconds)
        self._left -= seconds
        self._left_for_close_ups -= seconds
        self._has_looked = True
