"""An assessment as files: numbers as JSON, pictures, and a page that holds everything and needs nothing beside it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fervid.core.files import make_folder, remove, write_text
from fervid.core.plurals import counted
from fervid.evaluation import ALL, fairness_section, plots
from fervid.evaluation.assessment import Assessment
from fervid.evaluation.html_tables import DASH, table
from fervid.evaluation.metrics import ClassScore, Evaluation
from fervid.evaluation.robustness import Curve, Robustness

NUMBERS: Final = "evaluation.json"
PAGE: Final = "evaluation.html"
CONFUSION: Final = "confusion.png"
RELIABILITY: Final = "reliability.png"
FILES: Final = (NUMBERS, PAGE, CONFUSION, RELIABILITY)
"""The files that `write` writes of every assessment."""

ROBUSTNESS_NUMBERS: Final = "robustness.json"
ROBUSTNESS_TABLE: Final = "robustness.csv"
ROBUSTNESS: Final = "robustness.png"
ROBUSTNESS_FILES: Final = (ROBUSTNESS_NUMBERS, ROBUSTNESS_TABLE, ROBUSTNESS)
"""The files that `write` writes of an assessment with robustness."""


def write(assessment: Assessment, folder: Path) -> None:
    """Write `FILES`, and with robustness `ROBUSTNESS_FILES`, into `folder`, which is created if missing.

    Without robustness, files of that kind are removed, because they belong to an earlier assessment.

    Raises:
        MissingPackageError: matplotlib is not installed.
        OutputError: A file cannot be written.
    """
    make_folder(folder)
    found = assessment.evaluation
    plots.confusion(found, f"{assessment.title}: {found.accuracy:.1%}, rows in %", folder / CONFUSION)
    plots.reliability(found, f"{assessment.title}: error {found.calibration_error:.3f}", folder / RELIABILITY)
    write_text(folder / NUMBERS, json.dumps(assessment.document(), indent=2) + "\n")
    robustness = assessment.robustness
    if robustness is None:
        for name in ROBUSTNESS_FILES:
            remove(folder / name)
    else:
        title = f"{assessment.title}: {robustness.clean.accuracy:.1%}, {robustness.accuracy:.1%} degraded"
        plots.robustness(robustness, title, folder / ROBUSTNESS)
        write_text(folder / ROBUSTNESS_NUMBERS, json.dumps(assessment.robustness_document(), indent=2) + "\n")
        write_text(folder / ROBUSTNESS_TABLE, robustness.table())
    pictures = {name: (folder / name).read_bytes() for name in (CONFUSION, RELIABILITY)}
    if robustness is not None:
        pictures[ROBUSTNESS] = (folder / ROBUSTNESS).read_bytes()
    write_text(folder / PAGE, page(assessment, pictures))


def page(assessment: Assessment, pictures: Mapping[str, bytes]) -> str:
    """Return the HTML of the page.

    Args:
        assessment: The assessment to show.
        pictures: `CONFUSION`, `RELIABILITY` and, with robustness, `ROBUSTNESS` as PNG by their names.
    """
    found, found_robustness = assessment.evaluation, assessment.robustness
    template = Template(Path(__file__).with_name("evaluation_page.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(assessment.title),
        judged=escape(_judged(assessment)),
        tiles="".join(f'<div class="tile"><span>{name}</span><b>{text}</b></div>' for name, text in _tiles(assessment)),
        ways=table(
            ["", "faces", "accuracy", "95 % interval", "balanced", "macro F1", "weighted F1", "calibration error"],
            [_way(name, way, assessment.resamples) for name, way in assessment.variants.items()],
        ),
        resamples=f"{assessment.resamples:,}",
        bound=_bound(assessment),
        restricted=_restricted(assessment),
        classes=table(["label", "faces", "precision", "recall", "F1"], [*map(_class, found.scores), *_means(found)]),
        confusion=_embedded(pictures[CONFUSION]),
        counts=table(
            ["label", *found.predictions],
            [[score.name, *map(str, row)] for score, row in zip(found.scores, found.confusion, strict=True)],
        ),
        reliability=_embedded(pictures[RELIABILITY]),
        bins=len(found.bins),
        after=f"{found.calibration_error:.3f}",
        before=f"{assessment.uncalibrated.calibration_error:.3f}",
        temperature=f"{assessment.manifest.temperature:.3f}",
        groups="".join(map(fairness_section.section, assessment.comparisons)),
        robustness="" if found_robustness is None else _robustness(found_robustness, pictures[ROBUSTNESS]),
        made=_made(assessment),
    )


def _judged(assessment: Assessment) -> str:
    faces = assessment.evaluation.faces
    left_out = ", ".join(f"{count:,} of {name}" for name, count in assessment.left_out.items())
    return (
        f"{counted(faces, 'face', grouping=',')} {'was' if faces == 1 else 'were'} evaluated."
        + (f" Left out: {left_out}." if left_out else "")
        + (
            f" No face was found in {counted(assessment.undetected, 'other image', grouping=',')}."
            if assessment.undetected
            else ""
        )
    )


def _bound(assessment: Assessment) -> str:
    if not assessment.absent:
        return ""
    are, them = ("is", "it") if assessment.absent == 1 else ("are", "each of them")
    missing = (
        f"No face was found in {counted(assessment.absent, 'image')}"
        if assessment.usage == ALL
        else f"{counted(assessment.absent, 'face')} of the published {assessment.usage} {are} missing here"
    )
    return f"{missing}: if {them} counts as wrong, the accuracy is {assessment.lower_bound:.2%}."


def _restricted(assessment: Assessment) -> str:
    if assessment.restricted is None:
        return ""
    names = ", ".join(score.name for score in assessment.evaluation.scores)
    return escape(
        f"Restricted to the labels, the prediction is the most probable of {names}; otherwise any other prediction is "
        "wrong."
    )


def _tiles(assessment: Assessment) -> Iterable[tuple[str, str]]:
    found = assessment.evaluation
    yield "accuracy", f"{found.accuracy:.1%}"
    yield "balanced accuracy", f"{found.balanced_accuracy:.1%}"
    yield "macro F1", f"{found.macro('f1'):.3f}"
    yield "calibration error", f"{found.calibration_error:.3f}"
    yield "images per second", f"{assessment.images_per_second:,.0f}"


def _way(name: str, way: Evaluation, resamples: int) -> list[str]:
    low, high = way.interval(resamples)
    return [
        name,
        f"{way.faces:,}",
        f"{way.accuracy:.2%}",
        f"{low:.2%} to {high:.2%}",
        f"{way.balanced_accuracy:.2%}",
        f"{way.macro('f1'):.3f}",
        f"{way.weighted('f1'):.3f}",
        f"{way.calibration_error:.3f}",
    ]


def _class(score: ClassScore) -> list[str]:
    if not score.support:
        return [score.name, "0", DASH, DASH, DASH]
    return [score.name, f"{score.support:,}", f"{score.precision:.3f}", f"{score.recall:.3f}", f"{score.f1:.3f}"]


def _means(found: Evaluation) -> Iterable[list[str]]:
    for name, mean in (("weighted mean", found.weighted), ("plain mean", found.macro)):
        yield [name, f"{found.faces:,}", *(f"{mean(measure):.3f}" for measure in ("precision", "recall", "f1"))]


def _robustness(found: Robustness, picture: bytes) -> str:
    """Return the section about the robustness."""
    rows = table(
        ["degradation", "strengths", "accuracy, mildest to worst", "mean", "calibration error"],
        [
            ["none", DASH, DASH, f"{found.clean.accuracy:.1%}", f"{found.clean.calibration_error:.3f}"],
            *map(_degraded, found.curves),
            ["mean of all", DASH, DASH, f"{found.accuracy:.1%}", f"{found.calibration_error:.3f}"],
        ],
    )
    return f"""<h2>Robustness</h2>
<img src="data:image/png;base64,{_embedded(picture)}" alt="Accuracy by the strength of each degradation">
{rows}
<p class="note">Every face was degraded in each of the ways above, in five strengths. The calibration error is the mean
over the strengths.</p>
"""


def _degraded(curve: Curve) -> list[str]:
    strengths = ", ".join(f"{strength:g}" for strength in curve.strengths)
    return [
        curve.degradation,
        f"{strengths} ({curve.unit})",
        " ".join(f"{score.accuracy:.1%}" for score in curve.scores),
        f"{curve.accuracy:.1%}",
        f"{curve.calibration_error:.3f}",
    ]


def _embedded(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def _made(assessment: Assessment) -> str:
    document, manifest = assessment.document(), assessment.manifest
    facts = {
        "engine": f"{manifest.name}, network {manifest.network}, trained on {manifest.data_set}",
        "weights": f"sha256 {manifest.sha256}",
        "data": f"{assessment.data_set}, {assessment.usage}",
        "device": f"{assessment.device}; speed from the fastest of several calls with {document['batch']} faces",
        "fervid": document["fervid"],
    }
    rows = "".join(f"<tr><td>{name}</td><td><code>{escape(text)}</code></td></tr>" for name, text in facts.items())
    return f'<table class="facts">{rows}</table>'
