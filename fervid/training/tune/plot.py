"""Plots of a study's trials; needs matplotlib, which comes with ``fervid[tune]``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fervid.core.figures import new_figure, to_png
from fervid.core.files import write_bytes
from fervid.training.tune.parameter import Choices, Range
from fervid.training.tune.space import Space
from fervid.training.tune.trial import Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COMPLETE: Final[dict[str, Any]] = {"color": "tab:blue", "marker": "o", "s": 34, "alpha": 0.8, "linewidths": 0}
_PRUNED: Final[dict[str, Any]] = {"color": "tab:grey", "marker": "x", "s": 26, "alpha": 0.7}
_BEST: Final[dict[str, Any]] = {"facecolors": "none", "edgecolors": "tab:red", "s": 110, "linewidths": 2}
_COLUMNS: Final = 4
"""The largest number of panels in a row."""

_INCHES: Final = (3.1, 2.9)
"""Width and height of a key's panel."""


def draw(trials: Sequence[Trial], chosen: Trial, space: Space, path: Path) -> None:
    """Plot the accuracy of the trials in order, and below it the accuracy against the values of each key.

    Args:
        trials: All trials in order.
        chosen: The best trial.
        space: The search space.
        path: The PNG file.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The file cannot be written.
    """
    rows = math.ceil(len(space) / _COLUMNS)
    columns = math.ceil(len(space) / rows)
    size = (max(7.0, _INCHES[0] * columns), 3.4 + _INCHES[1] * rows)
    drawing = new_figure(*size)
    grid = drawing.add_gridspec(rows + 1, columns, height_ratios=[3.4, *[_INCHES[1]] * rows])
    shown = [trial for trial in trials if trial.accuracy is not None]
    _order(drawing.add_subplot(grid[0, :]), shown, chosen)
    for place, (key, parameter) in enumerate(space.items()):
        axes = drawing.add_subplot(grid[1 + place // columns, place % columns])
        _panel(axes, key, parameter, shown, chosen)
    write_bytes(path, to_png(drawing))


def _order(axes: Axes, trials: Sequence[Trial], chosen: Trial) -> None:
    """Plot the trials in order, with the best accuracy so far."""
    _scatter(axes, [trial.number for trial in trials], trials, chosen)
    complete = [trial for trial in trials if not trial.pruned]
    best = list(accumulate(map(_percent, complete), max))
    # Extend the line to the last trial, in case the last ones were pruned.
    numbers = [*(trial.number for trial in complete), trials[-1].number]
    axes.step(numbers, [*best, best[-1]], where="post", color="tab:red", linewidth=1.5, label="best so far", zorder=1)
    axes.set(xlabel="trial", ylabel="accuracy on public_test, %")
    axes.set_title(f"trial {chosen.number} is the best: {_percent(chosen):.2f} %", loc="left")
    axes.locator_params(axis="x", integer=True)
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False)


def _panel(axes: Axes, key: str, parameter: Range | Choices, trials: Sequence[Trial], chosen: Trial) -> None:
    """Plot the accuracy against the values of one key."""
    values = [trial.values[key] for trial in trials]
    if isinstance(parameter, Choices):
        values = [parameter.values.index(value) for value in values]
        axes.set_xticks(range(len(parameter.values)), [str(value) for value in parameter.values])
        axes.set_xlim(-0.5, len(parameter.values) - 0.5)
    elif parameter.log:
        axes.set_xscale("log")
        axes.set_xticks(_ticks(parameter), [f"{tick:g}" for tick in _ticks(parameter)])
        axes.minorticks_off()
    elif parameter.whole:
        axes.locator_params(axis="x", integer=True, min_n_ticks=1)
    if isinstance(parameter, Range):
        # Show the whole range, so that untried values are visible, with a margin for points at the bounds.
        axes.set_xlim(parameter.at(-0.04), parameter.at(1.04))
    _scatter(axes, values, trials, chosen)
    axes.set(xlabel=key, ylabel="accuracy, %")
    axes.grid(alpha=0.3)


def _ticks(parameter: Range) -> list[float]:
    """Return round numbers for a logarithmic axis: 1, 10, 100 if the range is wide, otherwise 1, 2, 5, 10."""
    steps = (1,) if parameter.high >= 100 * parameter.low else (1, 2, 5)
    exponents = range(math.floor(math.log10(parameter.low)), math.ceil(math.log10(parameter.high)) + 1)
    return [tick for exponent in exponents for step in steps if (tick := step * 10.0**exponent) in parameter]


def _scatter(axes: Axes, places: Sequence[float], trials: Sequence[Trial], chosen: Trial) -> None:
    for pruned, label, style in ((False, "complete", _COMPLETE), (True, "pruned early", _PRUNED)):
        dots = [(x, _percent(trial)) for x, trial in zip(places, trials, strict=True) if trial.pruned is pruned]
        if dots:
            axes.scatter(*zip(*dots, strict=True), label=label, **style)
    axes.scatter(places[trials.index(chosen)], _percent(chosen), label="best", zorder=3, **_BEST)


def _percent(trial: Trial) -> float:
    return 100 * (trial.accuracy or 0.0)
