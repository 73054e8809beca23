"""How long engines take for their calls."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.engines.base import Engine

BATCH: Final = 32
"""Faces in a call, where one figure is to stand for an engine's speed."""

WARM_UP: Final = 3
"""Calls at the beginning of each turn that do not count: they bring the engine's weights back into the caches."""

TURN: Final = 10
"""Calls of a turn that count."""

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Timing:
    """The calls of one engine with one number of faces.

    Attributes:
        faces: In each call.
        seconds: What each call took, in their order; at least one.
    """

    faces: int
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """In seconds a call."""
        return statistics.median(self.seconds)

    def percentile(self, part: float) -> float:
        """The seconds that so many of 100 calls stay below, interpolated between the two nearest."""
        return float(np.percentile(self.seconds, part))

    @property
    def faces_per_second(self) -> float:
        """By the median."""
        return self.faces / self.median

    def times_as_fast(self, yardstick: Timing) -> float:
        """How many times as fast as another engine with as many faces, by the medians."""
        return yardstick.median / self.median

    def document(self) -> dict[str, Any]:
        """The figures, ready for JSON."""
        return {
            "batch": self.faces,
            "calls": len(self.seconds),
            "median_ms": round(1000 * self.median, _DIGITS),
            "p5_ms": round(1000 * self.percentile(5), _DIGITS),
            "p95_ms": round(1000 * self.percentile(95), _DIGITS),
            "faces_per_second": round(self.faces_per_second, 1),
        }


def take_turns(
    engines: Sequence[Engine],
    images: NDArray[np.uint8],
    calls: int,
    now: Callable[[], float] = time.perf_counter,
) -> list[Timing]:
    """Time engines in one run, by turns: whatever else runs on the machine harms all of them alike.

    Args:
        engines: On the devices and the number of threads they were loaded for.
        images: (N, channels, size, size) uint8 as the engines take them; the same ones in every call.
        calls: How many count, of each engine; `WARM_UP` more in each turn of `TURN` do not.
        now: A monotonic clock in seconds, passed in so that tests can turn it.

    Returns:
        As many as there are engines, in their order.
    """
    taken: list[list[float]] = [[] for _ in engines]
    for done in range(0, calls, TURN):
        for engine, seconds in zip(engines, taken, strict=True):
            for call in range(-WARM_UP, min(TURN, calls - done)):
                began = now()
                engine.classify(images)
                if call >= 0:
                    seconds.append(now() - began)
    return [Timing(len(images), tuple(seconds)) for seconds in taken]


def images_per_second(engine: Engine, images: NDArray[np.uint8], now: Callable[[], float] = time.perf_counter) -> float:
    """Pictures a second in calls of `BATCH`: the quickest of 20 calls.

    Whatever else runs on the machine only ever slows a call down, so the quickest tells most about the engine.

    Args:
        engine: As an analysis uses it: on the device and the number of threads it was loaded for.
        images: (N, channels, size, size) uint8 as the engine takes them, N at least 1.
        now: As for `take_turns`.
    """
    (timing,) = take_turns([engine], repeated(images, BATCH), 2 * TURN, now)
    return BATCH / min(timing.seconds)


def repeated(images: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """The first `count` of (N, channels, size, size) images, from the first one again where there are fewer."""
    return np.resize(images[:count], (count, *images.shape[1:]))
