"""The command ``fervid plot``."""

from __future__ import annotations

from pathlib import Path

import click

from fervid.cli.options import output_options
from fervid.cli.value_types import PathType


@click.command(short_help="Draw a timeline as a figure for a paper.")
@click.argument("timeline", metavar="TIMELINE", type=PathType())
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=PathType(),
    help="The figure to write (.png, .svg, .pdf).  [default: the name of the timeline, as .png]",
)
@click.option("--lines", is_flag=True, help="A line for each emotion, instead of stacked bands.")
@click.option(
    "--width", type=click.FloatRange(2, 40), default=7.0, show_default=True, help="Width of the figure, in inches."
)
@output_options
def plot(
    timeline: Path,
    output: Path | None,
    lines: bool,
    width: float,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Draw a timeline as a figure for a paper: for each face its emotions over time, and its segments below.

    TIMELINE is a timeline that fervid wrote, as CSV or in another format that it can read. Needs matplotlib, which
    comes with fervid[plot].
    """
    from fervid.cli.reporter import Reporter
    from fervid.report.timeline_figure import MOST_FACES, write_figure

    reporter = Reporter(quiet=quiet, verbose=verbose)
    target = output or Path(timeline.with_suffix(".png").name)
    with reporter.working(f"drawing {timeline}"):
        left_out = write_figure(timeline, target, lines=lines, width=width, overwrite=overwrite)
    if left_out:
        reporter.note(f"fervid: only the {MOST_FACES} faces that were seen longest are drawn, and {left_out} left out")
    reporter.note(f"wrote {target}")
