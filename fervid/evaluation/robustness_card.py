"""The part of a model card about robustness, which is measured after the card was written."""

from __future__ import annotations

import re
from typing import Final

from fervid.evaluation.card import UNTESTED
from fervid.evaluation.robustness import Curve, Robustness

SIMULATED: Final = (
    "It was not tested on faces in profile. Small, dark and partly hidden ones were simulated (see Robustness)."
)
"""The limit that a card states once the robustness is measured."""

_ROW: Final = "accuracy, degraded faces of"
_BEFORE: Final = "\n## Intended use\n"
_SECTION: Final = re.compile(r"\n## Robustness, .*?(?=\n## )", re.DOTALL)


def with_robustness(card: str, robustness: Robustness, split: str) -> str:
    """Return a model card that states the robustness; figures that it stated before are replaced.

    Args:
        card: Text of the model card, as `fervid.evaluation.card.card` returns it.
        robustness: Robustness of the engine.
        split: Split on which it was measured, which has a row with its accuracy in the card.
    """
    without = "".join(
        line for line in _SECTION.sub("", card).splitlines(keepends=True) if not line.startswith(f"| {_ROW}")
    )
    worst = ", ".join(f"{curve.degradation} ({curve.accuracy:.1%})" for curve in robustness.worst_first[:3])
    row = (
        f"| {_ROW} {split} | {robustness.accuracy:.2%}, the mean over {len(robustness.curves)} degradations in five "
        f"strengths each; lowest under {worst} |\n"
    )
    stated = re.sub(rf"(?m)^\| accuracy, {split} \|.*\n", lambda found: found[0] + row, without, count=1)
    stated = stated.replace(UNTESTED, SIMULATED)
    return stated.replace(_BEFORE, f"\n{_section(robustness, split)}{_BEFORE}", 1)


def _section(robustness: Robustness, split: str) -> str:
    clean = robustness.clean
    rows = [
        f"| none | | | {clean.accuracy:.1%} | {clean.calibration_error:.3f} |",
        *map(_row, robustness.curves),
        f"| mean of all | | | {robustness.accuracy:.1%} | {robustness.calibration_error:.3f} |",
    ]
    return "\n".join(
        [
            f"## Robustness, {split}",
            "",
            "Accuracy and mean calibration error on degraded copies of the faces (`fervid evaluate --robustness`):",
            "",
            "| degradation | strengths | accuracy at each, % | mean | calibration error |",
            "| --- | --- | --- | ---: | ---: |",
            *rows,
            "",
        ]
    )


def _row(curve: Curve) -> str:
    strengths = ", ".join(f"{strength:g}" for strength in curve.strengths)
    each = ", ".join(f"{100 * score.accuracy:.1f}" for score in curve.scores)
    mean = f"{curve.accuracy:.1%} | {curve.calibration_error:.3f}"
    return f"| {curve.degradation} | {strengths} ({curve.unit}) | {each} | {mean} |"
