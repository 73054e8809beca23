"""The model card describes an engine, its accuracy and the doubts about its data."""

from __future__ import annotations

import dataclasses
import re
import runpy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fervid.core.emotions import FER2013, FERPLUS
from fervid.engines.manifest import InputSpec, Manifest
from fervid.evaluation.card import CardFacts, card
from fervid.evaluation.metrics import Evaluation, evaluate_predictions


def evaluation(classes: tuple[str, ...], faces: int, correct: int) -> Evaluation:
    """Evaluate `correct` correct predictions and wrong ones for the next class, all with a confidence of 0.9."""
    labels = np.arange(faces) % len(classes)
    predictions = np.where(np.arange(faces) < correct, labels, (labels + 1) % len(classes))
    rows = np.full((faces, len(classes)), 0.1 / (len(classes) - 1), np.float32)
    rows[np.arange(faces), predictions] = 0.9
    return evaluate_predictions(rows, labels, classes)


Write = Callable[..., str]


@pytest.fixture
def write() -> Write:
    """Return a function that writes the card of an engine for `data_set`; further arguments replace facts about it."""

    def written(data_set: str, classes: tuple[str, ...], **changes: object) -> str:
        test = evaluation(classes, 3573, 2501)
        facts = CardFacts(
            training_faces=28_558,
            epochs=3,
            best_epoch=2,
            labels="class",
            start="",
            teachers=(),
            teacher_weight=0.5,
            teacher_temperature=2.0,
            public_test=evaluation(classes, 3579, 2000),
            private_test=test,
            uncalibrated_error=test.calibration_error,
            absent=16,
            agreed=None,
        )
        manifest = Manifest(
            name="mine",
            network="emotionnet",
            classes=classes,
            input=InputSpec(48, "grey", (0.508,), (0.255,)),
            temperature=1.25,
            data_set=data_set,
            recipe="mine",
            accuracy={},
            sha256="ab" * 32,
            fervid="1",
        )
        return card(manifest, dataclasses.replace(facts, **changes), 2_456_071)

    return written


def test_what_it_is_and_how_good(write: Write) -> None:
    text = write("FER2013", FER2013)
    rows = dict(re.findall(r"^\| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE))
    assert rows["network"] == "`emotionnet`, 2,456,071 parameters"
    assert rows["trained on"] == "FER2013, 28,558 faces, recipe `mine`, 3 epochs, weights of epoch 2"
    assert "recipe `mine`, 1 epoch, weights of epoch 1" in write("FER2013", FER2013, epochs=1, best_epoch=1)
    assert rows["accuracy, private_test"].startswith("**70.00%** of 3,573 faces")
    assert rows["lower bound, private_test"].startswith("69.69% of all 3,589 published rows, counting the 16 missing")
    low, high = map(float, re.findall(r"([\d.]+)%", rows["confidence interval, 95 %"]))
    assert 68 < low < 70 < high < 72
    assert rows["balanced accuracy, private_test"].startswith("70.0")
    assert rows["calibration error, private_test"] == "0.200, 0.200 with the temperature of 1.250"
    for words in ("## Intended use", "## Limits", "## Per class", "| angry | 511 |", "ab" * 32):
        assert words in text
    assert max(len(line) for line in text.splitlines() if not line.startswith(("|", "Classifies"))) <= 120


def test_fer2013(write: Write) -> None:
    text = " ".join(write("FER2013", FER2013).split())
    assert (
        "30% of its predictions on private_test differ from the label. People agree with the labels in 65 +- 5 %"
        in text
    )
    assert "come from a web search" in text
    assert "arXiv:1307.0414" in text
    assert "Barsoum" not in text
    assert "distillation" not in text
    assert "agreed" not in text


def test_ferplus(write: Write) -> None:
    text = write("FER+", FERPLUS, agreed=evaluation(FERPLUS, 3152, 2800), labels="distribution")
    assert "Classifies a cropped face as one of 8 expressions: neutral, happy" in text
    assert "| labels | FER+: trained on the distribution of ten annotators' votes, evaluated on the emotion" in text
    assert "| 88.83% of the 3,152 faces on which more than half of the annotators agreed |" in text
    assert "arXiv:1608.01041" in text
    assert "arXiv:1307.0414" in text, "the pictures are FER2013's"
    assert "65 +- 5" not in text, "that figure is about FER2013's own labels"


def test_teachers_and_the_start(write: Write) -> None:
    teachers = ("large", "runs/other/engine")
    text = write("FER2013", FER2013, start="emotionnet", teachers=teachers, teacher_weight=0.7, teacher_temperature=3.0)
    assert "| teachers | `large`, `runs/other/engine`, by distillation beside the labels (Hinton" in text
    assert "weight 0.7, temperature 3)" in text
    assert "| initial weights | those of `emotionnet` |" in text


def test_a_users_own_data(write: Write) -> None:
    """The card makes no claims that only hold for the published data sets."""
    text = " ".join(write("holiday pictures", ("glad", "cross")).split())
    assert "Who is shown in holiday pictures, who labelled it and how its pictures were taken is not recorded" in text
    assert "The pictures of holiday pictures belong to their owners" in text
    assert "the recall ranges from 70% for cross to 70% for glad" in text
    for words in ("FER2013", "web search", "Goodfellow", "65 +- 5", "Apache"):
        assert words not in text


def test_the_card_of_a_shipped_engine_has_the_same_parts(
    write: Write, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the teachers, the rows that are measured after a training, and the robustness."""
    monkeypatch.syspath_prepend(str(root / "training"))
    later = runpy.run_path(str(root / "training" / "make_cards.py"))["ROWS"]
    text = (root / "engines" / "emotionnet" / "README.md").read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^## Robustness.*?(?=^## )|^\| (?:accuracy, degraded|teachers) .*?\n", "", text)
    lines = text.splitlines(keepends=True)
    shipped = "".join(line for line in lines if not line.startswith(later))
    assert len(shipped.splitlines()) == len(lines) - 3

    def parts(text: str) -> list[str]:
        return re.findall(r"^(?:## .*|\| [a-z][\w ,%]*(?= \|))", text, re.MULTILINE)

    assert parts(shipped) == parts(write("FER2013", FER2013))
