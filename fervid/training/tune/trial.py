"""What one trial of a study gave."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from optuna.trial import FrozenTrial, TrialState
from typing_extensions import Self

EPOCHS: Final = "epochs"
NOTE: Final = "note"
"""Names under which a study keeps what Optuna has no place for."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One training with one set of values.

    Attributes:
        number: From 1, among those that count.
        values: By the recipe's key.
        accuracy: On public_test, 0 to 1: of its best epoch, or where it was pruned of its last one; None where not one
            epoch was ended.
        pruned: Whether it was ended early.
        epochs: How many it had.
        seconds: How long it took.
        note: Why it could not go on, where it could not.
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
        """From what Optuna keeps of a trial that is complete or pruned."""
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
    """The first one of the highest accuracy among those that were not pruned; None where all were."""
    complete = [trial for trial in trials if not trial.pruned]
    return max(complete, key=lambda trial: trial.accuracy or 0.0, default=None)


def table(trials: Sequence[Trial]) -> str:
    """A CSV table with a row for each trial and a column for each key."""
    keys = list(trials[0].values) if trials else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["number", "state", "accuracy", "epochs_done", "seconds", *keys, "note"])
    for trial in trials:
        accuracy = "" if trial.accuracy is None else f"{trial.accuracy:.6g}"
        state = "pruned" if trial.pruned else "complete"
        values = [_short(trial.values[key]) for key in keys]
        writer.writerow([trial.number, state, accuracy, trial.epochs, f"{trial.seconds:.1f}", *values, trial.note])
    return text.getvalue()


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
