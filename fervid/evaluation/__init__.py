"""Evaluation, description and export of engines; here only what the command line offers of it."""

from __future__ import annotations

from typing import Final

from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST

ALL: Final = "all"
USAGES: Final = (PRIVATE_TEST, PUBLIC_TEST, ALL)
"""The faces to evaluate on: one split, private_test by default, or every face of data that the engine did not see."""

RESAMPLES: Final = 10_000
"""The default number of resamples of the bootstrap."""

RESAMPLES_BOUNDS: Final = (100, 1_000_000)
