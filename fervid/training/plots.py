"""Curves of a run and its confusion matrix as pictures; needs matplotlib, which comes with ``fervid[train]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fervid.errors import OutputError
from fervid.packages import require
from fervid.training.checkpoint import Epoch
from fervid.training.evaluate import Evaluation

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check() -> None:
    """Find out before hours of training whether pictures can be drawn after them.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    require("matplotlib.figure", "fervid[train]")


def curves(history: Sequence[Epoch], path: Path) -> None:
    """Draw loss and accuracy over the epochs, and mark the epoch that was taken.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    figure = _figure(10, 4)
    numbers = [epoch.number for epoch in history]
    best = max(history, key=lambda epoch: epoch.accuracy)
    loss, accuracy = figure.subplots(1, 2)
    loss.plot(numbers, [epoch.train_loss for epoch in history], label="training (augmented, smoothed labels)")
    loss.plot(numbers, [epoch.loss for epoch in history], label="public_test (averaged weights)")
    accuracy.plot(numbers, [100 * epoch.train_accuracy for epoch in history], label="training (augmented)")
    accuracy.plot(numbers, [100 * epoch.accuracy for epoch in history], label="public_test (averaged weights)")
    accuracy.axvline(best.number, color="grey", linestyle=":", label=f"best: epoch {best.number}")
    for axes, what in ((loss, "cross-entropy, nats"), (accuracy, "accuracy, %")):
        axes.set(xlabel="epoch", ylabel=what)
        axes.grid(alpha=0.3)
        axes.legend()
    _save(figure, path)


def confusion(evaluation: Evaluation, title: str, path: Path) -> None:
    """Draw a confusion matrix, each row in percent of its label.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The picture cannot be written.
    """
    names = [score.name for score in evaluation.scores]
    counts = np.array(evaluation.confusion)
    percent = 100 * counts / counts.sum(1, keepdims=True).clip(1)
    figure = _figure(7, 6)
    axes = figure.subplots()
    axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    axes.set(title=title, xlabel="answer", ylabel="label")
    axes.set_xticks(range(len(names)), names, rotation=30)
    axes.set_yticks(range(len(names)), names)
    for (row, column), value in np.ndenumerate(percent):
        # Dark cells carry white figures.
        axes.text(column, row, f"{value:.0f}", ha="center", va="center", color="white" if value > 50 else "black")
    _save(figure, path)


def _figure(width: float, height: float) -> Figure:
    figure: Any = require("matplotlib.figure", "fervid[train]")
    made: Figure = figure.Figure(figsize=(width, height), layout="constrained")
    return made


def _save(figure: Figure, path: Path) -> None:
    try:
        figure.savefig(path, dpi=110, metadata={"Software": None})
    except OSError as error:
        remedy = "free space or choose another folder with -o"
        raise OutputError(f"{path} cannot be written ({error.strerror})", remedy) from error
