"""Smoothing the probabilities of each face over time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from fervid.core.registry import Registry

if TYPE_CHECKING:
    from fervid.smooth.base import Create, Smoother, SmootherOptions

SMOOTHERS: Final[Registry[Create]] = Registry(
    "smoother",
    {
        "none": "fervid.smooth.base:create_unsmoothed",
        "ema": "fervid.smooth.ema:create",
        "bayes": "fervid.smooth.bayes:create",
    },
)
"""The smoothers by the names that ``--smoothing`` takes."""


CERTAIN: Final[Mapping[str, float]] = {"none": 0.45, "ema": 0.45, "bayes": 0.65}
"""For each smoother the least certainty of a reading whose emotion is named, unless the user asks for another one:
that of ``bayes`` leaves as many readings uncertain as that of ``ema`` (``python training/fit_smoothing.py``)."""


def create(options: SmootherOptions, classes: tuple[str, ...]) -> Smoother:
    """Return a fresh smoother, for one source.

    Args:
        options: Its options.
        classes: The names of the classes, in the order of the probabilities.

    Raises:
        UsageError: No smoother has the name in `options`.
    """
    return SMOOTHERS.get(options.smoothing)(options, classes)
