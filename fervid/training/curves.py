"""Training curves as an image; needs matplotlib, which comes with ``fervid[train]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fervid.core import figures
from fervid.core.files import write_bytes
from fervid.training.checkpoint import Epoch, best_of


def draw(history: Sequence[Epoch], path: Path) -> None:
    """Plot loss and accuracy over the epochs, with the selected epoch marked.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: The file cannot be written.
    """
    figure = figures.new_figure(10, 4)
    numbers = [epoch.number for epoch in history]
    best = best_of(history)
    loss, accuracy = figure.subplots(1, 2)
    marks: dict[str, Any] = {"marker": "o" if len(history) == 1 else ""}  # a single point draws no line
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
    write_bytes(path, figures.to_png(figure))
