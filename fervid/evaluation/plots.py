"""Confusion matrices, reliability diagrams and robustness as pictures; needs matplotlib (``fervid[train]``)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import numpy as np

from fervid.core import figures
from fervid.core.files import write_bytes
from fervid.evaluation.metrics import Evaluation
from fervid.evaluation.robustness import Robustness

_ACCURACY: Final = "#0072B2"
_CALIBRATION: Final = "#D55E00"
"""Blue and vermilion of Okabe and Ito's palette, which people with any kind of colour vision tell apart."""

_COLUMNS: Final = 4
"""Number of panels in a row."""


def confusion(evaluation: Evaluation, title: str, path: Path) -> None:
    """Draw a confusion matrix, each row in percent of its label.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    labels = [f"{score.name} ({score.support:,})" for score in evaluation.scores]
    counts = np.array(evaluation.confusion)
    percent = 100 * counts / counts.sum(1, keepdims=True).clip(1)
    figure = figures.new_figure(7.5, 6)
    axes = figure.subplots()
    axes.imshow(percent, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    axes.set(title=title, xlabel="prediction", ylabel="label (faces)")
    axes.set_xticks(range(len(evaluation.predictions)), evaluation.predictions, rotation=30)
    axes.set_yticks(range(len(labels)), labels)
    for (row, column), value in np.ndenumerate(percent):
        # Dark cells carry white figures.
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color="white" if value > 50 else "black")
    write_bytes(path, figures.to_png(figure))


def reliability(evaluation: Evaluation, title: str, path: Path) -> None:
    """Draw a reliability diagram: the accuracy of predictions by their confidence, and the share of each confidence.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    edges = np.linspace(0, 100, len(evaluation.bins) + 1)
    faces, confidence, accuracy = (
        np.array([getattr(part, name) for part in evaluation.bins]) for name in ("faces", "confidence", "accuracy")
    )
    some = faces > 0
    figure = figures.new_figure(5.5, 6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    bars: dict[str, Any] = {"width": np.diff(edges), "align": "edge", "edgecolor": "white"}
    above.bar(edges[:-1], 100 * accuracy, color="cornflowerblue", label="accuracy", **bars)
    above.plot([0, 100], [0, 100], color="grey", linestyle="--", label="perfect calibration")
    above.plot(100 * confidence[some], 100 * accuracy[some], "o", color="black", markersize=3)
    above.set(title=title, ylabel="accuracy, %", xlim=(0, 100), ylim=(0, 100))
    above.legend(loc="upper left")
    below.bar(edges[:-1], 100 * faces / faces.sum(), color="grey", **bars)
    below.set(xlabel="confidence, %", ylabel="of all predictions, %")
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
    write_bytes(path, figures.to_png(figure))


def robustness(found: Robustness, title: str, path: Path) -> None:
    """Draw a panel for each degradation: accuracy and calibration error by its strength, the mildest on the left.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    rows = math.ceil((len(found.curves) + 1) / _COLUMNS)
    figure = figures.new_figure(3 * _COLUMNS, 2.6 * rows)
    panels = figure.subplots(rows, _COLUMNS, sharey=True, squeeze=False).flatten()
    for axes, curve in zip(panels, found.curves, strict=False):
        steps = range(len(curve.strengths))
        accuracy = [100 * score.accuracy for score in curve.scores]
        error = [100 * score.calibration_error for score in curve.scores]
        axes.axhline(100 * found.clean.accuracy, color="grey", linestyle="--", label="accuracy, clean faces")
        axes.plot(steps, accuracy, "o-", color=_ACCURACY, label="accuracy")
        axes.plot(steps, error, "s:", color=_CALIBRATION, markersize=4, label="calibration error")
        axes.set(title=f"{curve.degradation}: mean {100 * curve.accuracy:.1f} %", xlabel=curve.unit, ylim=(0, 100))
        axes.set_xticks(steps, [f"{strength:g}" for strength in curve.strengths])
        axes.grid(alpha=0.3)
    for axes in panels[::_COLUMNS]:
        axes.set_ylabel("%")
    legend, *others = panels[len(found.curves) :]
    legend.legend(*panels[0].get_legend_handles_labels(), loc="center", frameon=False)
    for axes in (legend, *others):
        axes.set_axis_off()
    figure.suptitle(title)
    write_bytes(path, figures.to_png(figure))
