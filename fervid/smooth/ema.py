"""Exponential smoothing with a time constant in seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Exponential:
    """A moving average in which a reading's weight fades by 1/e for every time constant that passes.

    Each reading moves the average towards itself by 1 - exp(-dt / time_constant), dt being the time since the face's
    reading before. So the result at a given time does not depend on how often the face was read, and a face that
    returns after a gap is soon trusted anew.

    Args:
        time_constant: In seconds, positive.

    Attributes:
        time_constant: May be changed at any time; it holds from the next reading on.
    """

    def __init__(self, time_constant: float) -> None:
        self.time_constant = time_constant
        self._last: dict[int, tuple[float, NDArray[np.float64]]] = {}

    def smooth(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The average at `time`; a face's first reading is its own average. See `Smoother`."""
        average = probabilities.astype(np.float64)
        if face_id in self._last:
            before, previous = self._last[face_id]
            weight = -math.expm1(-(time - before) / self.time_constant)
            average = previous + weight * (average - previous)
        self._last[face_id] = time, average
        return average.astype(np.float32)

    def forget(self, face_ids: Iterable[int]) -> None:
        """Drop the averages of these faces."""
        for face_id in face_ids:
            self._last.pop(face_id, None)
