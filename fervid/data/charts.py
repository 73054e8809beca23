"""Charts of a data set as PNG; needs matplotlib, which comes with ``fervid[train]``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from fervid.core import figures
from fervid.core.emotions import colour
from fervid.data.findings import Brightness

_SHADES = ("#3b6ea5", "#8fb8de", "#c9d6e3")


def counts(table: Mapping[str, Mapping[str, int]]) -> bytes:
    """Return a bar chart of the faces of each class in each split, as PNG."""
    figure = figures.new_figure(9, 3.4)
    axes = figure.subplots()
    classes = list(next(iter(table.values())))
    width = 0.8 / len(table)
    for place, (split, row) in enumerate(table.items()):
        left = np.arange(len(classes)) - 0.4 + (place + 0.5) * width
        axes.bar(left, list(row.values()), width, label=split, color=_SHADES[place % len(_SHADES)])
    axes.set_xticks(range(len(classes)), classes)
    axes.set_ylabel("faces")
    axes.grid(axis="y", alpha=0.3)
    axes.set_axisbelow(True)
    axes.locator_params(axis="y", integer=True)
    axes.legend(frameon=False, ncols=len(table), loc="lower center", bbox_to_anchor=(0.5, 1))  # no bar is so high
    return figures.to_png(figure)


def brightness(boxes: Mapping[str, Brightness], means: NDArray[np.float64]) -> bytes:
    """Return a box plot of the mean pixel values of each class, with every outlier, as PNG."""
    figure = figures.new_figure(9, 3.6)
    axes = figure.subplots()
    drawn = [
        {
            "label": name,
            "q1": box.quartiles[0],
            "med": box.quartiles[1],
            "q3": box.quartiles[2],
            "whislo": box.whiskers[0],
            "whishi": box.whiskers[1],
            "fliers": means[list(box.outliers)],
        }
        for name, box in boxes.items()
    ]
    parts = axes.bxp(
        drawn,
        patch_artist=True,
        flierprops={"marker": ".", "markersize": 4, "markeredgecolor": "#555555"},
        medianprops={"color": "#222222"},
    )
    for patch, name in zip(parts["boxes"], boxes, strict=True):
        patch.set_facecolor([part / 255 for part in colour(name)])
        patch.set_alpha(0.75)
    axes.set(ylim=(0, 1), ylabel="mean pixel value (0 black, 1 white)")
    axes.grid(axis="y", alpha=0.3)
    return figures.to_png(figure)


def agreement(table: NDArray[np.int64], rows: Sequence[str], columns: Sequence[str]) -> bytes:
    """Return a heat map of one set of labels against another, each row in percent, as PNG."""
    figure = figures.new_figure(9, 0.5 * len(rows) + 1.2)
    axes = figure.subplots()
    percent = 100 * table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    axes.imshow(percent, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for (row, column), value in np.ndenumerate(percent):
        text = f"{value:.0f}" if value >= 0.5 or not table[row, column] else "<1"
        axes.text(column, row, text, ha="center", va="center", color="white" if value > 55 else "#222222")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.set(xlabel="FER+ majority", ylabel="own label (rows in %)")
    return figures.to_png(figure)
