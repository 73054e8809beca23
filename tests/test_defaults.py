"""Defaults and bounds stand in the code once; help texts and documents that repeat one agree with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fervid.cli import cli
from fervid.core.descriptors import ENOUGH
from fervid.data.clean import BRIGHTEST, DARKEST
from fervid.evaluation.selection import CALIBRATION_FACES, COMPARISON_FACES
from fervid.formats.encoding import CODECS
from fervid.live import COUNTDOWN
from fervid.live.history import GAP_S
from fervid.run.analyser import QUALITY_TIME
from fervid.settings import OPTIONS
from fervid.smooth import CERTAIN
from fervid.track.tracker import MAX_GAP, PROBATION_S, START_SCORE
from fervid.video.cuts import MIN_COLOUR_OVERLAP, MIN_CORRELATION
from fervid.web.connections import BODY_RATE, BODY_S, LONGEST_BODY_S, REQUEST_S, STALL_S
from fervid.web.photo_site import MOST_BYTES, MOST_UPLOADS
from fervid.web.places import MOST

NUMBERS = {0.5: "half", 3.0: "three", 6: "six"}
SECONDS = {0.5: "half a second", 1.0: "a second"}
H264, HEVC, AV1 = (CODECS[name].crf for name in ("h264", "hevc", "av1"))


@pytest.mark.parametrize(
    ("document", "statement"),
    [
        ("docs/smoothing.md", f"({OPTIONS['smoothing_time'].default} s by default"),
        ("docs/smoothing.md", f"| `{OPTIONS['smoothing'].default}` (the default)"),
        ("docs/smoothing.md", f"`--certain` is {CERTAIN['bayes']} with `bayes` and {CERTAIN['ema']} with `ema`"),
        ("docs/timeline.md", f"({CERTAIN['bayes']} with `bayes`, {CERTAIN['ema']} with other smoothing"),
        ("docs/timeline.md", f"averaged over {SECONDS[QUALITY_TIME]}"),
        ("docs/live.md", f"a {NUMBERS[COUNTDOWN]}-second countdown"),
        ("docs/annotate.md", f"The default is {H264} for H.264, {HEVC} for HEVC, {AV1} for AV1"),
        ("docs/detection.md", f"A score of {START_SCORE} starts a track at once"),
        ("docs/detection.md", f"has been detected for {SECONDS[PROBATION_S]}"),
        ("docs/detection.md", f"missing for {SECONDS[MAX_GAP]}"),
        ("docs/commands.md", f"a new face below {START_SCORE} counts once it has stayed {SECONDS[PROBATION_S]}"),
        ("docs/detection.md", f"less than {NUMBERS[MIN_COLOUR_OVERLAP]} in common"),
        ("docs/detection.md", f"correlation below {MIN_CORRELATION}"),
        ("docs/photo.md", f"0.7 where `--min-score` is {OPTIONS['min_score'].default}"),
        ("docs/live.md", f"not detected for more than {NUMBERS[GAP_S]} a second"),
        ("docs/browser.md", f"not detected for more than {NUMBERS[GAP_S]} a second"),
        ("docs/browser.md", f"| connections at a time | {MOST}, or a third"),
        ("docs/browser.md", f"soft limit (`ulimit -n`) to {ENOUGH}"),
        ("docs/browser.md", f"without its body | {REQUEST_S:g} seconds"),
        ("docs/browser.md", f"{BODY_S:g} seconds, and one more for every {BODY_RATE // 1000} kB"),
        ("docs/browser.md", f"received, up to {LONGEST_BODY_S:g} seconds"),
        ("docs/browser.md", f"of a response or a picture | {STALL_S:g} seconds"),
        ("docs/photo.md", f"{NUMBERS[MOST_UPLOADS]} at a time may be on the way"),
        ("docs/photo.md", f"more than {MOST_BYTES // 1_000_000} MB status 413"),
        ("docs/engines.md", f"up to {CALIBRATION_FACES} faces of its training split"),
    ],
)
def test_a_document_states_what_the_code_does(document: str, statement: str, root: Path) -> None:
    assert statement in " ".join((root / document).read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    ("command", "statement"),
    [
        ("data clean", f"mean below {DARKEST} or above {BRIGHTEST}"),
        ("build", f"up to {CALIBRATION_FACES} faces of the training split"),
        ("build", f"up to {COMPARISON_FACES:,} faces of public_test"),
    ],
)
def test_a_help_text_states_what_the_code_does(command: str, statement: str) -> None:
    described = cli
    for word in command.split():
        described = described.commands[word]  # type: ignore[attr-defined]
    assert statement in " ".join((described.help or "").split())
