"""The command ``fervid report``."""

from __future__ import annotations

from pathlib import Path

import click

from fervid.cli.options import output_options
from fervid.cli.value_types import PathType


@click.command(short_help="Show the timelines of a study on one page.")
@click.argument("results", metavar="RESULTS...", nargs=-1, required=True, type=PathType())
@click.option(
    "-o",
    "--output",
    metavar="OUT.html",
    type=PathType(),
    default=Path("report.html"),
    show_default=True,
    help="The page to write.",
)
@click.option(
    "--videos",
    metavar="FOLDER",
    type=PathType(),
    help="Look for the videos here.  [default: where the manifest says, and beside the timelines]",
)
@click.option("--no-portraits", is_flag=True, help="Show outlines instead of pictures of the faces.")
@output_options
def report(
    results: tuple[Path, ...],
    output: Path,
    videos: Path | None,
    no_portraits: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Show the timelines of a study on one page: every face over time, beside its video, and all of them compared.

    RESULTS are folders with timelines, or timelines. The page holds all of its data and opens without a network; the
    videos stay where they are.
    """
    from fervid.cli.reporter import Reporter
    from fervid.report.report_file import write_report

    reporter = Reporter(quiet=quiet, verbose=verbose)
    with reporter.working("reading") as show:
        missing = write_report(
            results,
            output,
            videos=videos,
            portraits=not no_portraits,
            overwrite=overwrite,
            watch=lambda name: show(f"reading {name}"),
        )
    if missing:
        reporter.note(f"fervid: {missing}; name their folder with --videos")
    reporter.note(f"wrote {output}")
