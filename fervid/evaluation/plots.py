"""Confusion matrices and reliability diagrams as pictures; needs matplotlib, which comes with ``fervid[train]``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fervid.core import figures
from fervid.core.files import write_bytes
from fervid.evaluation.metrics import Evaluation


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
