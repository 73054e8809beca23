"""The model card, which tells people what to know before using an engine (Mitchell et al. 2018, arXiv:1810.03993)."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fervid.core.plurals import counted
from fervid.engines.manifest import Manifest
from fervid.evaluation import provenance
from fervid.evaluation.metrics import Evaluation

_TEMPLATE: Final = """\
# {name}

Classifies a cropped face as one of {count} expressions: {classes}.

{facts}

## Per class, private_test

{scores}

Confusion matrix: rows are labels, columns are predictions, in % of the row.

{confusion}

## Intended use

Classifying the expressions of faces in video or pictures for research, teaching, accessibility, creative work and
self-observation, where an error harms nobody and the people shown know and agree. Faces must be cropped as fervid crops
them: upright, square, the eyes at two fifths of the height.

It is not intended for decisions about people: hiring, grading, policing, medicine, insurance, border control. Emotion
recognition at work and in education is prohibited in the European Union (Regulation (EU) 2024/1689, Article 5) except
for medical and safety reasons, and restricted elsewhere.

## Limits

{limits}

## Data and licence

{rights}
"""

_LABELS: Final = {
    "class": "the data set's own, one per face",
    "majority": "FER+: the emotion that most of ten annotators chose (Barsoum et al. 2016, arXiv:1608.01041)",
    "distribution": "FER+: trained on the distribution of ten annotators' votes, evaluated on the emotion that most of "
    "them chose (Barsoum et al. 2016, arXiv:1608.01041)",
}

UNTESTED: Final = "It was not tested on faces in profile, narrower than about 24 pixels, badly lit or partly hidden."
"""The limit that a card states until the robustness is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """Facts that a model card states and the engine's manifest does not hold.

    Attributes:
        training_faces: Number of faces that the network was trained on.
        epochs: Number of epochs of the training.
        best_epoch: Number of the epoch whose weights were kept, from 1.
        labels: ``class``, ``majority`` or ``distribution``, as in `fervid.data.dataset.LABELS`.
        start: Name or folder of the engine, or path of the weights, that the training started from; empty for none.
        teachers: Names or folders of the engines that taught this one; empty without distillation.
        teacher_weight: Share of the loss that the teachers had, 0 to 1.
        teacher_temperature: Temperature by which the logits of both sides were divided.
        public_test: Evaluation on ``public_test``, with the manifest's temperature.
        private_test: Evaluation on ``private_test``, with the manifest's temperature.
        uncalibrated_error: Calibration error on ``private_test`` with a temperature of 1.
        absent: Number of published faces of ``private_test`` that the data set lacks.
        agreed: Evaluation on the faces of ``private_test`` whose label more than half of the annotators gave; None
            where the data set does not record their votes.
    """

    training_faces: int
    epochs: int
    best_epoch: int
    labels: str
    start: str
    teachers: tuple[str, ...]
    teacher_weight: float
    teacher_temperature: float
    public_test: Evaluation
    private_test: Evaluation
    uncalibrated_error: float
    absent: int
    agreed: Evaluation | None


def card(manifest: Manifest, facts: CardFacts, parameters: int) -> str:
    """Return the text of an engine's README.md.

    Args:
        manifest: The engine's manifest.
        facts: Facts about its training and its evaluation.
        parameters: Number of learned parameters of the network.
    """
    known = provenance.of(manifest.data_set)
    rows = [*_making(manifest, facts, parameters), *_figures(manifest, facts), ("weights", _weights(manifest))]
    return _TEMPLATE.format(
        name=manifest.name,
        count=len(manifest.classes),
        classes=", ".join(manifest.classes),
        facts="\n".join(["| | |", "|---|---|", *(f"| {name} | {text} |" for name, text in rows)]),
        scores=_scores(facts.private_test),
        confusion=_confusion(facts.private_test),
        limits="\n".join(_filled(f"- {limit}", "  ") for limit in _limits(facts, known)),
        rights=_filled(known.rights),
    )


def _making(manifest: Manifest, facts: CardFacts, parameters: int) -> list[tuple[str, str]]:
    """Return the rows about the network and its training."""
    spec = manifest.input
    mean, std = ", ".join(map(str, spec.mean)), ", ".join(map(str, spec.std))
    rows = [
        ("network", f"`{manifest.network}`, {parameters:,} parameters"),
        ("input", f"{spec.size}x{spec.size}, {spec.colour}; value / 255, minus {mean}, divided by {std}"),
        (
            "trained on",
            f"{manifest.data_set}, {facts.training_faces:,} faces, recipe `{manifest.recipe}`, "
            f"{counted(facts.epochs, 'epoch')}, weights of epoch {facts.best_epoch}",
        ),
        ("labels", _LABELS[facts.labels]),
    ]
    if facts.start:
        rows.append(("initial weights", f"those of `{facts.start}`"))
    if facts.teachers:
        rows.append(("teachers", _teachers(facts)))
    return rows


def _teachers(facts: CardFacts) -> str:
    names = ", ".join(f"`{name}`" for name in facts.teachers)
    return (
        f"{names}, by distillation beside the labels (Hinton et al. 2015, arXiv:1503.02531; weight "
        f"{facts.teacher_weight:g}, temperature {facts.teacher_temperature:g})"
    )


def _figures(manifest: Manifest, facts: CardFacts) -> list[tuple[str, str]]:
    """Return the rows of metrics."""
    public, test = facts.public_test, facts.private_test
    low, high = test.interval()
    rows = [
        (
            "accuracy, public_test",
            f"{public.accuracy:.2%} of {public.faces:,} faces, which selected the epoch, the scales of the classes "
            "and the temperature",
        ),
        ("accuracy, private_test", f"**{test.accuracy:.2%}** of {test.faces:,} faces, used for nothing else"),
        ("confidence interval, 95 %", f"{low:.2%} to {high:.2%}, by bootstrap over the faces"),
    ]
    if facts.absent:
        rows.append(
            (
                "lower bound, private_test",
                f"{test.lower_bound(facts.absent):.2%} of all {test.faces + facts.absent:,} published rows, "
                f"counting the {facts.absent} missing ones as wrong",
            )
        )
    if facts.agreed is not None:
        accuracy, faces = facts.agreed.accuracy, facts.agreed.faces
        text = f"{accuracy:.2%} of the {faces:,} faces on which more than half of the annotators agreed"
        rows.append(("accuracy, agreed faces of private_test", text))
    return [
        *rows,
        ("balanced accuracy, private_test", f"{test.balanced_accuracy:.2%}, the mean recall of the classes"),
        ("macro F1, private_test", f"{test.macro('f1'):.3f}"),
        (
            "calibration error, private_test",
            f"{facts.uncalibrated_error:.3f}, {test.calibration_error:.3f} with the temperature of "
            f"{manifest.temperature:.3f}",
        ),
    ]


def _weights(manifest: Manifest) -> str:
    return f"`weights.safetensors`, sha256 `{manifest.sha256}`"


def _limits(facts: CardFacts, known: provenance.Provenance) -> list[str]:
    wrong, *others = known.doubts
    return [
        "It classifies what a face shows, not what a person feels; annotators chose the labels from a still picture.",
        f"{1 - facts.private_test.accuracy:.0%} of its predictions on private_test differ from the label. {wrong}",
        _unequal(facts.private_test),
        *others,
        UNTESTED,
    ]


def _unequal(evaluation: Evaluation) -> str:
    """Return a sentence on the classes with the lowest and the highest recall."""
    found = sorted((score for score in evaluation.scores if score.support), key=lambda score: score.recall)
    worst, best = found[0], found[-1]
    return (
        f"The accuracy differs between classes: on private_test the recall ranges from {worst.recall:.0%} for "
        f"{worst.name} to {best.recall:.0%} for {best.name}."
    )


def _scores(evaluation: Evaluation) -> str:
    rows = [
        [score.name, str(score.support), f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}"]
        for score in evaluation.scores
    ]
    return _table(["class", "faces", "precision", "recall", "F1"], rows)


def _confusion(evaluation: Evaluation) -> str:
    rows = [
        [score.name, *(f"{100 * count / max(1, score.support):.1f}" for count in row)]
        for score, row in zip(evaluation.scores, evaluation.confusion, strict=True)
    ]
    return _table(["label", *evaluation.predictions], rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))


def _filled(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
