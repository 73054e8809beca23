"""What a finished run tells: its figures as one document."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from fervid.evaluation.card import CardFacts
from fervid.evaluation.metrics import DIGITS, Evaluation
from fervid.training.checkpoint import Epoch
from fervid.training.recipe import Recipe


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
        agreed: `private_test` with the temperature, over the faces whose label more than half of the people gave; None
            where the data does not tell.
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
    agreed: Evaluation | None = None

    @property
    def missing(self) -> int:
        """How many faces of the published `private_test` are not here."""
        return max(0, self.private_rows - self.private_test.faces)

    @property
    def lower_bound(self) -> float:
        """The accuracy (0 to 1) on `private_test` where each face that is published but not here counts as wrong."""
        return self.private_test.lower_bound(self.missing)

    @property
    def accuracy(self) -> dict[str, float]:
        """The accuracies for the manifest, 0 to 1."""
        accuracy = {
            "public_test": self.public_test.accuracy,
            "private_test": self.private_test.accuracy,
            "private_test_lower_bound": self.lower_bound,
        }
        if self.agreed is not None:
            accuracy["private_test_agreed"] = self.agreed.accuracy
        return {name: round(value, DIGITS) for name, value in accuracy.items()}

    @property
    def card_facts(self) -> CardFacts:
        """The facts that the engine's model card states."""
        distillation = self.recipe.distillation
        return CardFacts(
            training_faces=self.training_faces,
            epochs=len(self.history),
            best_epoch=self.best.number,
            labels=self.recipe.labels,
            start=self.recipe.start,
            teachers=distillation.teachers,
            teacher_weight=distillation.weight,
            teacher_temperature=distillation.temperature,
            public_test=self.public_test,
            private_test=self.private_test,
            untempered_error=self.private_before.calibration_error,
            absent=self.missing,
            agreed=self.agreed,
        )

    def document(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "recipe": dataclasses.asdict(self.recipe),
            "data_set": self.data_set,
            "training_faces": self.training_faces,
            "epochs": len(self.history),
            "best_epoch": self.best.number,
            "seconds": round(sum(epoch.seconds for epoch in self.history)),
            "temperature": round(self.temperature, DIGITS),
            "public_test": self.public_test.document(),
            "private_test": {
                "rows_published": self.private_rows,
                "accuracy_lower_bound": round(self.lower_bound, DIGITS),
                "loss_before_temperature": round(self.private_before.loss, DIGITS),
                "calibration_error_before_temperature": round(self.private_before.calibration_error, DIGITS),
                **self.private_test.document(),
            },
            **({"private_test_agreed": self.agreed.document()} if self.agreed else {}),
            "made_with": self.made_with,
        }
