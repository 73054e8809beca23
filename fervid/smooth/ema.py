"""Exponential smoothing with a time constant in seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fervid.smooth.base import Causal, SmootherOptions


def create(options: SmootherOptions, classes: tuple[str, ...]) -> Exponential:  # noqa: ARG001
    """Return an exponential smoother with the time constant of `options`."""
    return Exponential(options.smoothing_time)


class Exponential(Causal):
    """A moving average in which the weight of a reading falls to 1/e with every time constant that passes.

    Each reading moves the average towards itself by 1 - exp(-dt / time_constant), where dt is the time since the face's
    last reading. A change that lasts therefore comes through at the same pace whatever the frame rate, 63 % of it after
    one time constant, and a face that returns after a long gap is trusted at once. Where readings vary, the frame rate
    does matter: more readings average more of the noise, and a short change may fall between two of them.

    Args:
        time_constant: In seconds, positive.
    """

    def __init__(self, time_constant: float) -> None:
        self._time_constant = time_constant
        self._last: dict[int, tuple[float, NDArray[np.float64]]] = {}

    @property
    def time_constant(self) -> float:
        """The time constant, in seconds."""
        return self._time_constant

    def change_time_constant(self, seconds: float) -> None:
        """Use another time constant from the next reading on."""
        self._time_constant = seconds

    def smooth(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the average at `time`; a face's first reading is its own average. See `Smoother`."""
        average = probabilities.astype(np.float64)
        if face_id in self._last:
            before, previous = self._last[face_id]
            weight = -math.expm1(-(time - before) / self._time_constant)
            average = previous + weight * (average - previous)
        self._last[face_id] = time, average
        return average.astype(np.float32)

    def forget(self, face_ids: Iterable[int]) -> None:
        """Drop the averages of these faces."""
        for face_id in face_ids:
            self._last.pop(face_id, None)
