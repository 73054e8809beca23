"""Learning-rate schedules."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fervid.training.recipe import Recipe


def rate(recipe: Recipe, step: int, batches: int, losses: Sequence[float]) -> float:
    """Return the learning rate of one step.

    The rate depends on the arguments alone, so a resumed run continues as if it had not been interrupted.

    Args:
        recipe: The schedule, the highest rate, and the parameters of the schedule.
        step: The step in the whole run, from 0.
        batches: The number of steps in an epoch.
        losses: The loss on public_test of each completed epoch.
    """
    peak, steps, epoch = recipe.rate, batches * recipe.epochs, step // batches
    if recipe.schedule == "one-cycle":
        return one_cycle(step, steps, peak, recipe.warm_up)
    if recipe.schedule == "cosine":
        return cosine(step, steps, peak, recipe.warm_up)
    if recipe.schedule == "cyclical":
        return triangle(step, recipe.period * batches, peak)
    if recipe.schedule == "step":
        return float(peak * recipe.factor ** (epoch // recipe.period))
    if recipe.schedule == "plateau":
        return float(peak * recipe.factor ** drops(losses, recipe.period))
    return peak


def one_cycle(step: int, steps: int, peak: float, warm_up: float) -> float:
    """Rise by a half cosine from 1/25 of the peak rate, then fall by a half cosine to 1/10,000.

    Smith and Topin 2017, arXiv:1708.07120, with the shape and the end values of PyTorch's ``OneCycleLR``.

    Args:
        step: The step, from 0.
        steps: The number of steps of the whole run.
        peak: The highest rate.
        warm_up: The fraction of the run in which the rate rises, 0 to 1.
    """
    rising = max(1, round(warm_up * steps))
    if step < rising:
        return _half_cosine(peak / 25, peak, step / rising)
    return _half_cosine(peak, peak / 10_000, (step - rising) / max(1, steps - rising))


def cosine(step: int, steps: int, peak: float, warm_up: float) -> float:
    """Rise linearly from 0, then fall by a half cosine to 0 (Loshchilov and Hutter 2017, arXiv:1608.03983)."""
    rising = round(warm_up * steps)
    if step < rising:
        return peak * (step + 1) / rising
    return _half_cosine(peak, 0.0, (step - rising) / max(1, steps - rising))


def triangle(step: int, length: int, peak: float) -> float:
    """Rise linearly from a tenth of the peak rate and fall again, repeatedly (Smith 2017, arXiv:1506.01186).

    Args:
        step: The step, from 0.
        length: The number of steps in a cycle.
        peak: The highest rate.
    """
    part = step % length / length
    return peak * (0.1 + 0.9 * (1 - abs(2 * part - 1)))


def drops(losses: Sequence[float], patience: int) -> int:
    """Return how many times the loss has not fallen for `patience` epochs in a row."""
    count, waited, best = 0, 0, math.inf
    for loss in losses:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            count, waited = count + 1, 0
    return count


def _half_cosine(start: float, end: float, part: float) -> float:
    return start + (end - start) * (1 - math.cos(math.pi * part)) / 2
