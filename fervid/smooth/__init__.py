"""Steadying the probabilities of a face over time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fervid.settings import Settings
from fervid.smooth.base import Smoother
from fervid.smooth.ema import Exponential
from fervid.smooth.none import Unsmoothed

__all__ = ["SMOOTHERS", "Exponential", "Smoother", "Unsmoothed", "create"]


def create(settings: Settings) -> Smoother:
    """A fresh smoother as `settings` ask for, for one source."""
    return SMOOTHERS[settings.smoothing](settings)


SMOOTHERS: Final[dict[str, Callable[[Settings], Smoother]]] = {
    "none": lambda _: Unsmoothed(),
    "ema": lambda settings: Exponential(settings.smoothing_time),
}
"""What makes each of the smoothers that `Settings.smoothing` can name."""
