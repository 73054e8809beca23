"""How the learning rate moves over a run."""

from __future__ import annotations

import math


def one_cycle(step: int, steps: int, max_rate: float, warm_up: float) -> float:
    """The rate of one step: a half cosine up from a 25th of the highest, then one down to a ten-thousandth.

    Smith and Topin 2017, arXiv:1708.07120; the shape and the ends are those of PyTorch's ``OneCycleLR``.

    Args:
        step: From 0.
        steps: Of the whole run.
        max_rate: The highest rate.
        warm_up: The part of the run in which the rate rises, 0 to 1.
    """
    rising = max(1, round(warm_up * steps))
    if step < rising:
        return _half_cosine(max_rate / 25, max_rate, step / rising)
    return _half_cosine(max_rate, max_rate / 10_000, (step - rising) / max(1, steps - rising))


def _half_cosine(start: float, end: float, part: float) -> float:
    return start + (end - start) * (1 - math.cos(math.pi * part)) / 2
