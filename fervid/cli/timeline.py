"""The command ``fervid timeline``."""

from __future__ import annotations

from pathlib import Path

import click

from fervid import formats
from fervid.cli.options import output_options, settings_options, study_options
from fervid.cli.report_option import report_option
from fervid.cli.study_run import run_study
from fervid.cli.timeline_options import form_option, row_options
from fervid.cli.value_types import FileType
from fervid.settings import Group, Settings


@click.command(short_help="Write the emotion of every face over time as CSV.")
@click.argument("videos", type=FileType(), metavar="VIDEO...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=FileType(),
    metavar="OUT",
    help=f"A file ({', '.join(formats.suffixes(*formats.OF_READINGS))}), a folder, or - for standard output.",
)
@form_option
@row_options
@study_options
@report_option
@output_options
@settings_options(
    *(Group.INPUT, Group.DETECT, Group.ENGINE, Group.COMPUTE, Group.BATCH, Group.VIDEO, Group.SEQUENCE, Group.TIME)
)
def timeline(
    settings: Settings,
    videos: tuple[str, ...],
    output: str | None,
    forms: tuple[str, ...],
    no_empty: bool,
    valence: bool,
    csv_dialect: str,
    shortest: float,
    no_sidecar: bool,
    recursive: bool,
    resume: bool,
    summary: Path | None,
    report: Path | None,
    jobs: int | None,
    ray: str | None,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Write the emotion of every face over time as CSV, with one row for each face in each frame, or in other formats.

    VIDEO is a video, a picture, a folder of either, or a pattern such as 'day1/*.mp4'. The result is named after it
    and written to the current folder: clip.mp4 gives clip.csv.
    """
    from fervid.cli.reporter import Reporter
    from fervid.run.results import Results, choose_forms

    reporter = Reporter(quiet=quiet, verbose=verbose)
    results = Results(
        forms=choose_forms(forms, output),
        empty=not no_empty,
        valence=valence,
        dialect=csv_dialect,
        shortest=shortest,
        sidecar=not no_sidecar,
        overwrite=overwrite,
    )
    return run_study(
        videos,
        settings,
        results,
        reporter,
        output=output,
        recursive=recursive,
        resume=resume,
        summary=summary,
        report=report,
        jobs=jobs,
        ray=ray,
    )
