"""The report of a run gives its figures to the manifest, to the model card and to ``metrics.json``."""

from __future__ import annotations

import dataclasses

import numpy as np

from fervid.core.emotions import FER2013
from fervid.engines import DEFAULT_ENGINE
from fervid.evaluation.metrics import Evaluation, evaluate_predictions
from fervid.training.checkpoint import Epoch
from fervid.training.recipe import Distillation, Recipe
from fervid.training.report import Report


def evaluation(faces: int, correct: int, confidence: float) -> Evaluation:
    """Return the evaluation of `faces` predictions, of which `correct` are correct, all with the same confidence."""
    labels = np.arange(faces) % len(FER2013)
    predictions = np.where(np.arange(faces) < correct, labels, (labels + 1) % len(FER2013))
    rows = np.full((faces, len(FER2013)), (1 - confidence) / (len(FER2013) - 1), np.float32)
    rows[np.arange(faces), predictions] = confidence
    return evaluate_predictions(rows, labels, FER2013)


def report() -> Report:
    epochs = tuple(
        Epoch(number, 0.01, 1.0, 0.5, 1.0, accuracy, 1.0) for number, accuracy in ((1, 0.4), (2, 0.6), (3, 0.5))
    )
    teachers = Distillation(teachers=("large", "runs/other/engine"), weight=0.7, temperature=3.0)
    return Report(
        recipe=Recipe(
            name="mine",
            network="emotionnet",
            epochs=3,
            labels="distribution",
            start="emotionnet",
            distillation=teachers,
        ),
        labels="distribution",
        data_set="FER+",
        training_faces=700,
        private_rows=100,
        history=epochs,
        best=epochs[1],
        temperature=1.25,
        public_test=evaluation(70, 50, 0.9),
        private_before=evaluation(90, 60, 0.9),
        private_test=evaluation(90, 60, 0.7),
        made_with={},
        agreed=evaluation(35, 30, 0.7),
    )


def test_the_facts_of_the_model_card() -> None:
    facts = report().card_facts
    assert (facts.training_faces, facts.epochs, facts.best_epoch) == (700, 3, 2)
    assert (facts.labels, facts.start) == ("distribution", "emotionnet")
    assert facts.teachers == ("large", "runs/other/engine")
    assert (facts.teacher_weight, facts.teacher_temperature) == (0.7, 3.0)
    assert (facts.public_test.faces, facts.private_test.faces, facts.absent) == (70, 90, 10)
    assert facts.uncalibrated_error == report().private_before.calibration_error != facts.private_test.calibration_error
    assert facts.agreed is not None
    assert facts.agreed.correct == 30


def test_the_model_card_names_the_default_engine_that_was_meant() -> None:
    given = report()
    distillation = dataclasses.replace(given.recipe.distillation, teachers=("auto", "large"))
    recipe = dataclasses.replace(given.recipe, start="auto", distillation=distillation)
    facts = dataclasses.replace(given, recipe=recipe).card_facts
    assert (facts.start, facts.teachers) == (DEFAULT_ENGINE, (DEFAULT_ENGINE, "large"))


def test_absent_faces_count_as_wrong() -> None:
    assert report().lower_bound == 60 / 100
    assert report().accuracy["private_test_lower_bound"] == 0.6
    assert report().document()["private_test"]["accuracy_lower_bound"] == 0.6
