"""Smoothing the probabilities of each face over time."""

from __future__ import annotations

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


def create(options: SmootherOptions, classes: tuple[str, ...]) -> Smoother:
    """Return a fresh smoother, for one source.

    Args:
        options: Its options.
        classes: The names of the classes, in the order of the probabilities.

    Raises:
        UsageError: No smoother has the name in `options`.
    """
    return SMOOTHERS.get(options.smoothing)(options, classes)
