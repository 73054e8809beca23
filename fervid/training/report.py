"""The figures of a finished run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from fervid.engines import lasting_name
from fervid.evaluation.card import CardFacts
from fervid.evaluation.metrics import DIGITS, Evaluation
from fervid.training.checkpoint import Epoch
from fervid.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run.

    Attributes:
        recipe: The recipe of the run.
        labels: The labels of the head that was evaluated.
        data_set: The name of the data set.
        training_faces: The number of training faces.
        private_rows: The number of faces in the published `private_test`.
        history: The epochs of the run.
        best: The epoch whose weights were selected.
        temperature: The temperature fitted on `public_test`.
        public_test: The evaluation on `public_test`, with the temperature.
        private_before: The evaluation on `private_test` with a temperature of 1, for its calibration error.
        private_test: The evaluation on `private_test`, with the temperature.
        made_with: The versions and the number of threads.
        agreed: The evaluation on the faces of `private_test` whose label more than half of the annotators gave; None if
            the data has a single label for each face.
        auxiliary: The outcome of the auxiliary head; None without one.
    """

    recipe: Recipe
    labels: str
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
    auxiliary: Report | None = None

    @property
    def missing(self) -> int:
        """The number of faces of the published `private_test` that the data lacks."""
        return max(0, self.private_rows - self.private_test.faces)

    @property
    def lower_bound(self) -> float:
        """The accuracy (0 to 1) on the published `private_test`, with missing faces counted as wrong."""
        return self.private_test.lower_bound(self.missing)

    @property
    def accuracy(self) -> dict[str, float]:
        """The accuracies of the manifest, 0 to 1."""
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
            labels=self.labels,
            start=lasting_name(self.recipe.start),
            teachers=tuple(map(lasting_name, distillation.teachers)),
            teacher_weight=distillation.weight,
            teacher_temperature=distillation.temperature,
            public_test=self.public_test,
            private_test=self.private_test,
            uncalibrated_error=self.private_before.calibration_error,
            absent=self.missing,
            agreed=self.agreed,
        )

    def document(self) -> dict[str, Any]:
        """Return all figures as a JSON document."""
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
