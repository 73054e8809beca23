"""Timing and comparison of engines; here only what the command line offers of it."""

from __future__ import annotations

from typing import Final

BATCHES: Final = (1, 8, 32)
"""The numbers of faces in a call that engines are timed with by default."""

CALLS: Final = 100
"""The default number of timed calls of each engine."""

CALLS_BOUNDS: Final = (1, 1_000_000)
