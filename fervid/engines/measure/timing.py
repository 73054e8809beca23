"""Timing of engines."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.engines.base import Engine

BATCH: Final = 32
"""Number of faces in a call for a single figure of an engine's speed."""

WARM_UP: Final = 3
"""Number of untimed calls at the start of each turn, which bring the engine's weights back into the CPU's caches."""

TURN: Final = 10
"""Number of timed calls in a turn."""

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Timing:
    """The durations of an engine's calls with one batch size.

    Attributes:
        faces: Number of faces in each call.
        seconds: Duration of each call, in order; at least one.
    """

    faces: int
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median duration of a call in seconds."""
        return statistics.median(self.seconds)

    def percentile(self, percent: float) -> float:
        """Return the duration in seconds that `percent` % of the calls do not exceed, with linear interpolation."""
        return float(np.percentile(self.seconds, percent))

    @property
    def faces_per_second(self) -> float:
        """The number of faces a second, by the median."""
        return self.faces / self.median

    def speed_up(self, reference: Timing) -> float:
        """Return the speed-up over another engine with the same batch size, by the medians."""
        return reference.median / self.median

    def document(self) -> dict[str, Any]:
        """Return the figures, ready for JSON."""
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
    """Time engines by turns on the same images; otherwise like `take_turns_on`."""
    return take_turns_on([(engine, images) for engine in engines], calls, now)


def take_turns_on(
    pairs: Sequence[tuple[Engine, NDArray[np.uint8]]], calls: int, now: Callable[[], float] = time.perf_counter
) -> list[Timing]:
    """Time engines by turns, so that other load on the machine slows all of them alike.

    Args:
        pairs: Engines to time, as loaded for a device and a number of threads, each with the (N, channels, size, size)
            uint8 images of all its calls.
        calls: Number of timed calls of each engine. Each turn of `TURN` calls starts with `WARM_UP` untimed ones.
        now: Monotonic clock in seconds, passed in for tests.

    Returns:
        The timing of each engine, in their order.
    """
    durations: list[list[float]] = [[] for _ in pairs]
    for done in range(0, calls, TURN):
        for (engine, images), seconds in zip(pairs, durations, strict=True):
            for call in range(-WARM_UP, min(TURN, calls - done)):
                start = now()
                engine.classify(images)
                if call >= 0:
                    seconds.append(now() - start)
    return [Timing(len(images), tuple(seconds)) for (_, images), seconds in zip(pairs, durations, strict=True)]


def time_batch(engines: Mapping[str, Engine], images: NDArray[np.uint8], batch: int, calls: int) -> dict[str, Timing]:
    """Time engines by turns with one batch size.

    Args:
        engines: Engines by name.
        images: (N, channels, size, size) uint8 as the engines take them; repeated if there are fewer than `batch`.
        batch: Number of images in a call.
        calls: Number of timed calls of each engine.

    Returns:
        The timings by name.
    """
    return dict(zip(engines, take_turns(list(engines.values()), make_batch(images, batch), calls), strict=True))


def images_per_second(engine: Engine, images: NDArray[np.uint8], now: Callable[[], float] = time.perf_counter) -> float:
    """Return the images a second of the fastest of 20 calls with `BATCH` images.

    Other load on the machine only slows calls down, so the fastest call says most about the engine.

    Args:
        engine: Engine to time, as loaded for a device and a number of threads.
        images: (N, channels, size, size) uint8 as the engine takes them; N at least 1.
        now: Monotonic clock in seconds, passed in for tests.
    """
    (timing,) = take_turns([engine], make_batch(images, BATCH), 2 * TURN, now)
    return BATCH / min(timing.seconds)


def make_batch(images: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Return the first `count` of (N, channels, size, size) images, repeating them if there are fewer."""
    return np.resize(images[:count], (count, *images.shape[1:]))
