"""``fervid evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli.data_options import Reading, reading_options
from fervid.cli.options import group_options, output_options
from fervid.cli.value_types import EngineType, PathType
from fervid.core.machine import let_threads_sleep
from fervid.data.dataset import LABELS
from fervid.errors import OutputError, UsageError
from fervid.evaluation import ALL, RESAMPLES, RESAMPLES_BOUNDS, SMALLEST_GROUP, USAGES
from fervid.settings import Group

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.evaluation.assessment import Assessment


@click.command(short_help="Evaluate an engine on labelled faces.")
@click.argument("engine", type=EngineType())
@click.argument("data", type=PathType())
@click.option(
    "--split",
    type=click.Choice(USAGES),
    help="Faces to evaluate on; all is for data that the engine was not trained on.  [default: private_test, or all "
    "if there are no splits and too few faces to divide]",
)
@click.option(
    "--labels",
    type=click.Choice(LABELS),
    default=LABELS[0],
    show_default=True,
    help="The data set's own labels, or the choice of most FER+ annotators; distribution equals majority here.",
)
@click.option("--leave-out", multiple=True, metavar="CLASS", help="Leave out faces of this class; may be repeated.")
@click.option("--mirror", is_flag=True, help="Also evaluate the mean prediction for each face and its mirror image.")
@click.option(
    "--robustness",
    is_flag=True,
    help="Also evaluate degraded copies of the faces: blur, noise, compression and others, in five strengths each. "
    "Each face is classified 55 more times.",
)
@click.option(
    "--groups",
    multiple=True,
    metavar="COLUMN",
    help="Compare the groups of this column of the data, or of groups.csv beside it; may be repeated. A+B crosses two "
    "columns.",
)
@click.option(
    "--group-table",
    type=PathType(),
    help="The table with the columns of --groups, in place of groups.csv: a row for each picture or each subject.",
)
@click.option(
    "--smallest-group",
    type=click.IntRange(min=1),
    default=SMALLEST_GROUP,
    show_default=True,
    help="Number of faces below which a group, or a class in it, is too small to judge.",
)
@click.option(
    "--bootstrap",
    type=click.IntRange(*RESAMPLES_BOUNDS),
    default=RESAMPLES,
    show_default=True,
    help="Number of resamples for the intervals.",
)
@click.option(
    "-o",
    "--output",
    type=PathType(),
    help="Folder for the results.  [default: evaluations/ENGINE-DATA-SPLIT]",
)
@group_options(Group.COMPUTE)
@reading_options
@output_options
def evaluate(
    reading: Reading,
    *,
    engine: str,
    data: Path,
    split: str | None,
    labels: str,
    leave_out: tuple[str, ...],
    mirror: bool,
    robustness: bool,
    groups: tuple[str, ...],
    group_table: Path | None,
    smallest_group: int,
    bootstrap: int,
    output: Path | None,
    device: str,
    backend: str,
    precision: str,
    trust_compiled: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Evaluate ENGINE on the labelled faces of DATA.

    ENGINE is the name of a shipped engine or the folder of another. Classes are matched by their names: faces with a
    label that ENGINE lacks are left out, and a prediction that no label can have is wrong. ENGINE runs as it does in
    an analysis; with --precision fp32 the figures are the same on every machine. Writes evaluation.json,
    evaluation.html, confusion.png and reliability.png, and with --robustness robustness.json, robustness.csv and
    robustness.png.
    """
    if group_table is not None and not groups:
        raise UsageError("--group-table has no effect without --groups", "name the columns to compare with --groups")
    let_threads_sleep()
    from fervid import engines
    from fervid.cli.reporter import Reporter
    from fervid.core import figures
    from fervid.evaluation import evaluation_page
    from fervid.evaluation.assessment import assess
    from fervid.evaluation.matching import choose_split
    from fervid.evaluation.metrics import check_metrics

    reporter = Reporter(quiet=quiet, verbose=verbose)
    figures.check_matplotlib()
    check_metrics()
    with engines.load(engine, device, backend=backend, precision=precision, trust_compiled=trust_compiled) as loaded:
        spec = loaded.manifest.input
        with reporter.working(f"reading {data}"):
            read = reading.faces(data, size=spec.size, colour=spec.colour)
            found = reading.groups(data, groups, read, group_table) if groups else None
        faces, usage = choose_split(read, split, labels)
        if split is None and usage not in read.usages and len(faces.private_test):
            reporter.note(_chosen(faces.name, usage))
        folder = output or Path("evaluations", f"{loaded.manifest.name}-{data.resolve().stem}-{usage}")
        existing = [
            name for name in evaluation_page.FILES + evaluation_page.ROBUSTNESS_FILES if (folder / name).exists()
        ]
        if existing and not overwrite:
            raise OutputError(
                f"'{folder / existing[0]}' exists already", "replace it with --overwrite, or choose another -o"
            )
        unknown = sorted(set(leave_out) - set(faces.classes))
        if unknown:
            raise UsageError(f"{faces.name} has no class {unknown[0]!r}", f"choose from {', '.join(faces.classes)}")
        with reporter.working(f"evaluating {loaded.manifest.name} on {faces.name}") as tell:
            assessment = assess(
                loaded,
                faces,
                usage,
                leave_out=leave_out,
                mirror=mirror,
                robustness=robustness,
                groups=found,
                smallest_group=smallest_group,
                resamples=bootstrap,
                tell=tell,
            )
    evaluation_page.write(assessment, folder)
    if not quiet:
        _show(reporter, assessment)
    reporter.note(f"wrote {folder / evaluation_page.PAGE} and the other results beside it")


def _chosen(name: str, usage: str) -> str:
    """Return a note on the faces that are evaluated although `--split` does not name them."""
    if usage == ALL:
        return f"{name} has no splits and too few faces to divide, so all are evaluated"
    return f"evaluating on the {usage} that was set aside; --split all evaluates every face of {name}"


def _show(reporter: Reporter, assessment: Assessment) -> None:
    """Print the tables."""
    from fervid.cli import evaluation_tables
    from fervid.evaluation.fairness_section import small_groups

    reporter.console.print(evaluation_tables.main_table(assessment))
    if assessment.robustness is not None:
        reporter.console.print(evaluation_tables.robustness_table(assessment.robustness))
    for comparison in assessment.comparisons:
        reporter.console.print(f"\ngroups: {comparison.column}")
        if comparison.judged:
            reporter.console.print(evaluation_tables.group_table(comparison))
        if comparison.too_small:
            reporter.console.print(small_groups(comparison))
        if comparison.gaps:
            reporter.console.print(evaluation_tables.gap_table(comparison))
