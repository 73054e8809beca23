"""Evaluation, description and export of engines, with the choices of ``fervid evaluate`` in this module."""

from __future__ import annotations

from typing import Final

from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST

ALL: Final = "all"
USAGES: Final = (PRIVATE_TEST, PUBLIC_TEST, ALL)
"""Choices of faces to evaluate on: one split, or all faces of data that the engine was not trained on."""

RESAMPLES: Final = 10_000
"""Default number of resamples of the bootstrap."""

RESAMPLES_BOUNDS: Final = (100, 1_000_000)
"""Smallest and largest number of resamples."""

SMALLEST_GROUP: Final = 30
"""Default number of faces below which a group, or a class in a group, is too small to judge."""
