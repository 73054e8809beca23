"""The tables that ``fervid evaluate`` prints."""

from __future__ import annotations

from rich.table import Table

from fervid.core.plurals import counted
from fervid.evaluation import evaluation_page
from fervid.evaluation.assessment import Assessment
from fervid.evaluation.fairness import Comparison
from fervid.evaluation.fairness_section import error, gap_cells, percent
from fervid.evaluation.robustness import Robustness


def main_table(assessment: Assessment) -> Table:
    """Return a table of the main figures."""
    table = Table(title=assessment.title, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(justify="right")
    evaluation = assessment.evaluation
    for name, variant in assessment.variants.items():
        low, high = variant.interval(assessment.resamples)
        accuracy = f"{variant.accuracy:.2%} of {counted(variant.faces, 'face')}"
        table.add_row(f"accuracy, {name}", accuracy, f"({low:.1%} to {high:.1%})")
    for name, count in assessment.left_out.items():
        table.add_row(f"left out: {name}", counted(count, "face"))
    if assessment.undetected:
        table.add_row("left out: no face found", counted(assessment.undetected, "image"))
    empty = [score.name for score in evaluation.scores if not score.support]
    if empty:
        table.add_row("no face of", ", ".join(empty))
    if assessment.absent:
        table.add_row(
            f"lower bound, counting {assessment.absent} missing ones as wrong", f"{assessment.lower_bound:.2%}"
        )
    table.add_row("balanced accuracy", f"{evaluation.balanced_accuracy:.2%}")
    table.add_row("macro F1", f"{evaluation.macro('f1'):.3f}")
    table.add_row("calibration error", f"{evaluation.calibration_error:.3f}")
    table.add_row("calibration error with a temperature of 1", f"{assessment.uncalibrated.calibration_error:.3f}")
    table.add_row(f"speed on {assessment.device}", f"{assessment.images_per_second:.0f} images/s")
    return table


def robustness_table(robustness: Robustness) -> Table:
    """Return a table with a row for each degradation, narrow enough for 80 columns."""
    table = Table(
        title=f"\nrobustness; {evaluation_page.ROBUSTNESS_TABLE} names the units",
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    table.add_column("degradation", no_wrap=True)
    table.add_column("strengths", no_wrap=True)
    table.add_column("accuracy, %", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("calibration error", justify="right")
    clean = robustness.clean
    table.add_row("none", "", "", f"{clean.accuracy:.1%}", f"{clean.calibration_error:.3f}")
    for curve in robustness.curves:
        table.add_row(
            curve.degradation,
            " ".join(f"{strength:g}" for strength in curve.strengths),
            " ".join(f"{100 * score.accuracy:.1f}" for score in curve.scores),
            f"{curve.accuracy:.1%}",
            f"{curve.calibration_error:.3f}",
        )
    table.add_row("mean of all", "", "", f"{robustness.accuracy:.1%}", f"{robustness.calibration_error:.3f}")
    return table


def group_table(found: Comparison) -> Table:
    """Return a table with a row for each group that is large enough to judge."""
    table = Table(box=None, pad_edge=False)
    table.add_column("group", no_wrap=True)
    for name in ["faces", *(["people"] if found.by_person else []), "accuracy (95 %)", "calibration error (95 %)"]:
        table.add_column(name, justify="right", no_wrap=True)
    for group in found.judged:
        if group.accuracy is not None and group.calibration_error is not None:
            people = [] if group.people is None else [f"{group.people}"]
            table.add_row(
                group.name, f"{group.faces}", *people, percent(group.accuracy), error(group.calibration_error)
            )
    return table


def gap_table(found: Comparison) -> Table:
    """Return a table with the largest gap between two groups in each measure."""
    table = Table(box=None, pad_edge=False)
    for name in ("largest gap in", "lowest", "highest", "points (95 %)", ""):
        table.add_column(name, justify="right" if name.startswith("points") else "left")
    for gap in found.gaps:
        table.add_row(*gap_cells(gap))
    return table
