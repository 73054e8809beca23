"""Timing and comparison of engines, with the defaults of ``fervid bench`` in this module."""

from __future__ import annotations

from typing import Final

BATCHES: Final = (1, 8, 32)
"""Default batch sizes for timing."""

CALLS: Final = 100
"""Default number of timed calls of each engine."""

CALLS_BOUNDS: Final = (1, 1_000_000)
"""Smallest and largest number of timed calls."""
