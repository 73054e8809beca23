"""How the learning rate moves over a run."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fervid.training.recipe import Recipe


def rate(recipe: Recipe, step: int, batches: int, losses: Sequence[float]) -> float:
    """The learning rate of one step.

    It follows from its arguments alone, so that a run that was interrupted goes on as if it had not been.

    Args:
        recipe: Names the schedule, the highest rate, and the schedule's measures.
        step: From 0, over the whole run.
        batches: Steps in an epoch.
        losses: On public_test, one for each epoch that is over.
    """
    most, steps, epoch = recipe.rate, batches * recipe.epochs, step // batches
    if recipe.schedule == "one-cycle":
        return one_cycle(step, steps, most, recipe.warm_up)
    if recipe.schedule == "cosine":
        return cosine(step, steps, most, recipe.warm_up)
    if recipe.schedule == "cyclical":
        return triangle(step, recipe.period * batches, most)
    if recipe.schedule == "step":
        return float(most * recipe.factor ** (epoch // recipe.period))
    if recipe.schedule == "plateau":
        return float(most * recipe.factor ** drops(losses, recipe.period))
    return most


def one_cycle(step: int, steps: int, most: float, warm_up: float) -> float:
    """A half cosine up from a 25th of the highest rate, then one down to a ten-thousandth.

    Smith and Topin 2017, arXiv:1708.07120; the shape and the ends are those of PyTorch's ``OneCycleLR``.

    Args:
        step: From 0.
        steps: Of the whole run.
        most: The highest rate.
        warm_up: The part of the run in which the rate rises, 0 to 1.
    """
    rising = max(1, round(warm_up * steps))
    if step < rising:
        return _half_cosine(most / 25, most, step / rising)
    return _half_cosine(most, most / 10_000, (step - rising) / max(1, steps - rising))


def cosine(step: int, steps: int, most: float, warm_up: float) -> float:
    """A straight line up from 0, then a half cosine down to 0 (Loshchilov and Hutter 2017, arXiv:1608.03983)."""
    rising = round(warm_up * steps)
    if step < rising:
        return most * (step + 1) / rising
    return _half_cosine(most, 0.0, (step - rising) / max(1, steps - rising))


def triangle(step: int, length: int, most: float) -> float:
    """Straight up from a tenth of the highest rate and down again, over and over (Smith 2017, arXiv:1506.01186).

    Args:
        step: From 0.
        length: Steps of a whole cycle.
        most: The highest rate.
    """
    part = step % length / length
    return most * (0.1 + 0.9 * (1 - abs(2 * part - 1)))


def drops(losses: Sequence[float], patience: int) -> int:
    """How often the loss has not fallen for `patience` epochs in a row."""
    count, waited, best = 0, 0, math.inf
    for loss in losses:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            count, waited = count + 1, 0
    return count


def _half_cosine(start: float, end: float, part: float) -> float:
    return start + (end - start) * (1 - math.cos(math.pi * part)) / 2
