"""The result of one trial of a study."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from optuna.trial import FrozenTrial, TrialState
from typing_extensions import Self

from fervid.core.cells import escape_cell

EPOCHS: Final = "epochs"
NOTE: Final = "note"
"""The names of the attributes that fervid stores with an Optuna trial."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One training run with one set of values.

    Attributes:
        number: The number of the trial, from 1, among finished ones.
        values: The values by the key of the recipe.
        accuracy: The accuracy on public_test, 0 to 1: of the best epoch, or of the last one if pruned; None if no epoch
            was complete.
        pruned: True if the trial was ended early.
        epochs: The number of complete epochs.
        seconds: The duration of the trial.
        note: The reason why the trial failed; empty if it did not.
    """

    number: int
    values: Mapping[str, Any]
    accuracy: float | None
    pruned: bool
    epochs: int
    seconds: float
    note: str

    @classmethod
    def of(cls, number: int, trial: FrozenTrial) -> Self:
        """Return the result of an Optuna trial that is complete or pruned."""
        return cls(
            number=number,
            values=trial.params,
            accuracy=trial.value,
            pruned=trial.state is TrialState.PRUNED,
            epochs=trial.user_attrs.get(EPOCHS, 0),
            seconds=trial.duration.total_seconds() if trial.duration else 0.0,
            note=trial.user_attrs.get(NOTE, ""),
        )


def best(trials: Sequence[Trial]) -> Trial | None:
    """Return the first complete trial with the highest accuracy; None if all were pruned."""
    complete = [trial for trial in trials if not trial.pruned]
    return max(complete, key=lambda trial: trial.accuracy or 0.0, default=None)


def table(trials: Sequence[Trial]) -> str:
    """Return a CSV table with a row for each trial and a column for each key."""
    keys = list(trials[0].values) if trials else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "state", "accuracy", "epochs_done", "seconds", *keys, "note"])
    for trial in trials:
        accuracy = "" if trial.accuracy is None else f"{trial.accuracy:.6g}"
        state = "pruned" if trial.pruned else "complete"
        values = [_short(trial.values[key]) for key in keys]
        writer.writerow(
            [trial.number, state, accuracy, trial.epochs, f"{trial.seconds:.1f}", *values, escape_cell(trial.note)]
        )
    return text.getvalue()


def _short(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6g}"
    return escape_cell(value) if isinstance(value, str) else value
