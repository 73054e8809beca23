"""The model card: what a person should know before using an engine (Mitchell et al. 2018, arXiv:1810.03993)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fervid.engines.manifest import Manifest
from fervid.training.evaluate import Evaluation
from fervid.training.report import Report

_TEMPLATE: Final = """\
# {name}

An engine of fervid: it tells which of {count} expressions a cropped face shows: {classes}.

| | |
|---|---|
| network | `{network}`, {parameters:,} parameters |
| input | {size}x{size}, {colour}; value / 255, minus {mean}, divided by {std} |
| trained on | {data_set}, {training_faces:,} faces, recipe `{recipe}`, {epochs} epochs, weights of epoch {best} |
| accuracy, public_test | {public:.2%} of {public_faces:,} faces; epoch and temperature were chosen on it |
| accuracy, private_test | **{private:.2%}** of {private_faces:,} faces, used for this figure alone |
| the same, lower bound | {lower_bound:.2%} of all {private_rows:,} published rows, {missing} absent ones as wrong |
| macro F1, private_test | {f1:.3f} |
| calibration error, private_test | {ece_before:.3f}, {ece:.3f} with the temperature of {temperature:.3f} |
| weights | `weights.safetensors`, sha256 `{sha256}` |

## Per class, private_test

{scores}

Rows are labels, columns are answers, in % of the row:

{confusion}

## Intended use

Reading the shown expression of faces in video or pictures, for research, teaching, accessibility, creative work and
self-observation, where an error harms nobody and the people shown know and agree. It runs on faces that are cropped as
fervid crops them: upright, square, the eyes on two fifths of the height.

It is not for decisions about people: hiring, marking, policing, medicine, insurance, border control. Recognising
emotions at work and in education is prohibited in the European Union (Regulation 2024/1689, article 5) but for medical
and safety reasons, and restricted elsewhere.

## Limits

- It names what a face shows, not what a person feels; the labels are what onlookers called a still picture.
- {wrong:.0%} of its answers on private_test differ from the label. People agree with the labels in 65 +- 5 % of the
  cases (Goodfellow et al. 2013), so some labels are in doubt, and some hits are luck.
- The classes are unequal in the training data, and the rare ones are told worst; see the table.
- The faces of the data set come from a web search. Age, skin colour, gender, glasses, beards, masks and culture are not
  recorded, so how well it serves each group is unknown, and it must be taken to differ.
- Faces in profile, smaller than about 24 pixels, badly lit or partly hidden are outside what it was tested on.

## Data and licence

{data_set} (Goodfellow et al. 2013, arXiv:1307.0414) was gathered by web search for research; its pictures belong to
their owners, and none is in this folder. The weights are published under Apache-2.0 as fervid itself. Whether weights
that were trained on such pictures may serve a certain purpose is for their user to judge by the law that applies.
"""


def card(manifest: Manifest, report: Report, parameters: int) -> str:
    """The text of an engine's README.md.

    Args:
        manifest: The engine's own.
        report: Of the run that made it.
        parameters: How many numbers the network has learned.
    """
    spec, test = manifest.input, report.private_test
    return _TEMPLATE.format(
        name=manifest.name,
        count=len(manifest.classes),
        classes=", ".join(manifest.classes),
        network=manifest.network,
        parameters=parameters,
        size=spec.size,
        colour=spec.colour,
        mean=", ".join(map(str, spec.mean)),
        std=", ".join(map(str, spec.std)),
        data_set=manifest.data_set,
        training_faces=report.training_faces,
        recipe=manifest.recipe,
        epochs=len(report.history),
        best=report.best.number,
        public=report.public_test.accuracy,
        public_faces=report.public_test.faces,
        private=test.accuracy,
        private_faces=test.faces,
        wrong=1 - test.accuracy,
        lower_bound=report.lower_bound,
        private_rows=report.private_rows,
        missing=report.missing,
        f1=test.macro("f1"),
        ece_before=report.private_before.calibration_error,
        ece=test.calibration_error,
        temperature=manifest.temperature,
        sha256=manifest.sha256,
        scores=_scores(test),
        confusion=_confusion(test, manifest.classes),
    )


def _scores(evaluation: Evaluation) -> str:
    rows = [
        [score.name, str(score.support), f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}"]
        for score in evaluation.scores
    ]
    return _table(["class", "faces", "precision", "recall", "F1"], rows)


def _confusion(evaluation: Evaluation, classes: Sequence[str]) -> str:
    rows = [
        [name, *(f"{100 * count / max(1, sum(row)):.1f}" for count in row)]
        for name, row in zip(classes, evaluation.confusion, strict=True)
    ]
    return _table(["label", *classes], rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows))
