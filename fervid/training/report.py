"""What a finished run tells: its figures as one document."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

from fervid.training.checkpoint import Epoch
from fervid.training.evaluate import Evaluation
from fervid.training.recipe import Recipe

_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run.

    Attributes:
        recipe: What it followed.
        data_set: What it learned from, for people.
        training_faces: How many it learned from.
        private_rows: How many faces the published `private_test` has.
        history: Its epochs.
        best: The epoch whose weights were taken.
        temperature: Fitted on `public_test`.
        public_test: With the temperature.
        private_before: `private_test` with a temperature of 1, for the calibration error.
        private_test: With the temperature.
        made_with: Versions and machine, for people.
    """

    recipe: Recipe
    data_set: str
    training_faces: int
    private_rows: int
    history: tuple[Epoch, ...]
    best: Epoch
    temperature: float
    public_test: Evaluation
    private_before: Evaluation
    private_test: Evaluation
    made_with: dict[str, str]

    @property
    def missing(self) -> int:
        """How many faces of the published `private_test` are not here."""
        return max(0, self.private_rows - self.private_test.faces)

    @property
    def lower_bound(self) -> float:
        """The accuracy (0 to 1) on `private_test` where each face that is published but not here counts as wrong."""
        return self.private_test.correct / (self.private_test.faces + self.missing)

    @property
    def accuracy(self) -> dict[str, float]:
        """The accuracies for the manifest, 0 to 1."""
        return {
            "public_test": round(self.public_test.accuracy, _DIGITS),
            "private_test": round(self.private_test.accuracy, _DIGITS),
            "private_test_lower_bound": round(self.lower_bound, _DIGITS),
        }

    def document(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "recipe": dataclasses.asdict(self.recipe),
            "data_set": self.data_set,
            "training_faces": self.training_faces,
            "epochs": len(self.history),
            "best_epoch": self.best.number,
            "seconds": round(sum(epoch.seconds for epoch in self.history)),
            "temperature": round(self.temperature, _DIGITS),
            "public_test": _figures(self.public_test),
            "private_test": {
                "rows_published": self.private_rows,
                "accuracy_lower_bound": round(self.lower_bound, _DIGITS),
                "loss_before_temperature": round(self.private_before.loss, _DIGITS),
                "calibration_error_before_temperature": round(self.private_before.calibration_error, _DIGITS),
                **_figures(self.private_test),
            },
            "made_with": self.made_with,
        }


def _figures(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "faces": evaluation.faces,
        "accuracy": round(evaluation.accuracy, _DIGITS),
        "loss": round(evaluation.loss, _DIGITS),
        "calibration_error": round(evaluation.calibration_error, _DIGITS),
        "weighted": {name: round(evaluation.weighted(name), _DIGITS) for name in ("precision", "recall", "f1")},
        "macro": {name: round(evaluation.macro(name), _DIGITS) for name in ("precision", "recall", "f1")},
        "classes": {
            score.name: {
                "faces": score.support,
                "precision": round(score.precision, _DIGITS),
                "recall": round(score.recall, _DIGITS),
                "f1": round(score.f1, _DIGITS),
            }
            for score in evaluation.scores
        },
        "confusion": [list(row) for row in evaluation.confusion],
    }
