"""Curves, confusion matrices and reliability as pictures; needs matplotlib, which comes with ``fervid[train]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fervid.core import figures
from fervid.core.files import write_bytes
from fervid.evaluation.metrics import Evaluation
from fervid.training.checkpoint import Epoch, best_of


def curves(history: Sequence[Epoch], path: Path) -> None:
    """Draw loss and accuracy over the epochs, and mark the epoch that was taken.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    figure = figures.figure(10, 4)
    numbers = [epoch.number for epoch in history]
    best = best_of(history)
    loss, accuracy = figure.subplots(1, 2)
    marks: dict[str, Any] = {"marker": "o" if len(history) == 1 else ""}  # a single epoch makes no line
    loss.plot(numbers, [epoch.train_loss for epoch in history], label="training", **marks)
    loss.plot(numbers, [epoch.loss for epoch in history], label="public_test", **marks)
    accuracy.plot(numbers, [100 * epoch.train_accuracy for epoch in history], label="training", **marks)
    accuracy.plot(numbers, [100 * epoch.accuracy for epoch in history], label="public_test", **marks)
    accuracy.axvline(best.number, color="grey", linestyle=":", label=f"best: epoch {best.number}")
    for axes, what in ((loss, "cross-entropy, nats"), (accuracy, "accuracy, %")):
        axes.set(xlabel="epoch", ylabel=what)
        axes.locator_params(axis="x", integer=True, min_n_ticks=1)
        axes.grid(alpha=0.3)
        axes.legend()
    write_bytes(path, figures.png(figure))


def confusion(evaluation: Evaluation, title: str, path: Path) -> None:
    """Draw a confusion matrix, each row in percent of its label.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    labels = [f"{score.name} ({score.support:,})" for score in evaluation.scores]
    counts = np.array(evaluation.confusion)
    percent = 100 * counts / counts.sum(1, keepdims=True).clip(1)
    figure = figures.figure(7.5, 6)
    axes = figure.subplots()
    axes.imshow(percent, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    axes.set(title=title, xlabel="answer", ylabel="label (faces)")
    axes.set_xticks(range(len(evaluation.answers)), evaluation.answers, rotation=30)
    axes.set_yticks(range(len(labels)), labels)
    for (row, column), value in np.ndenumerate(percent):
        # Dark cells carry white figures.
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color="white" if value > 50 else "black")
    write_bytes(path, figures.png(figure))


def reliability(evaluation: Evaluation, title: str, path: Path) -> None:
    """Draw how often answers of each confidence are right, and how many answers have it.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    edges = np.linspace(0, 100, len(evaluation.bins) + 1)
    faces, confidence, accuracy = (
        np.array([getattr(part, name) for part in evaluation.bins]) for name in ("faces", "confidence", "accuracy")
    )
    some = faces > 0
    figure = figures.figure(5.5, 6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    bars: dict[str, Any] = {"width": np.diff(edges), "align": "edge", "edgecolor": "white"}
    above.bar(edges[:-1], 100 * accuracy, color="cornflowerblue", label="answers that are right", **bars)
    above.plot([0, 100], [0, 100], color="grey", linestyle="--", label="as confidence promises")
    above.plot(100 * confidence[some], 100 * accuracy[some], "o", color="black", markersize=3)
    above.set(title=title, ylabel="right, %", xlim=(0, 100), ylim=(0, 100))
    above.legend(loc="upper left")
    below.bar(edges[:-1], 100 * faces / faces.sum(), color="grey", **bars)
    below.set(xlabel="confidence, %", ylabel="of all answers, %")
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.set_axisbelow(True)
    write_bytes(path, figures.png(figure))
