"""How fast an engine classifies."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.engines.base import Engine

BATCH: Final = 32
"""Faces in a call."""

_WARM_UP: Final = 3
_CALLS: Final = 20


def images_per_second(engine: Engine, images: NDArray[np.uint8], now: Callable[[], float] = time.perf_counter) -> float:
    """Pictures a second in calls of `BATCH`: the quickest of 20 calls after three that warm the engine up.

    Whatever else runs on the machine only ever slows a call down, so the quickest tells most about the engine.

    Args:
        engine: As an analysis uses it: on the device and the number of threads it was loaded for.
        images: (N, channels, size, size) uint8 as the engine takes them, N at least 1; the same ones in every call.
        now: A monotonic clock in seconds, passed in so that tests can turn it.
    """
    batch = np.resize(images[:BATCH], (BATCH, *images.shape[1:]))
    times = []
    for _ in range(_WARM_UP + _CALLS):
        began = now()
        engine.classify(batch)
        times.append(now() - began)
    return BATCH / min(times[_WARM_UP:])
