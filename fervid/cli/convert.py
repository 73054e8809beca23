"""The command ``fervid convert``."""

from __future__ import annotations

import click

from fervid import formats
from fervid.cli.file_options import config_option
from fervid.cli.options import input_options, output_options
from fervid.cli.timeline_options import form_option, row_options
from fervid.cli.value_types import FileType

_SUFFIXES = ", ".join(formats.suffixes(*formats.OF_READINGS))


@click.command(short_help="Write timelines in other formats.")
@click.argument("timelines", type=FileType(), metavar="TIMELINE...", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=FileType(), metavar="OUT", help=f"A file ({_SUFFIXES}), a folder, or - for standard output."
)
@form_option
@row_options
@input_options
@output_options
@config_option
def convert(
    timelines: tuple[str, ...],
    output: str | None,
    forms: tuple[str, ...],
    no_empty: bool,
    valence: bool,
    csv_dialect: str,
    shortest: float,
    no_sidecar: bool,
    recursive: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Write timelines in other formats, without analysing the videos again.

    TIMELINE is a timeline that fervid wrote, a folder of timelines, or a pattern such as 'results/*.csv'. With
    --format, the result is named after it and written to the current folder, or to the folder of -o.
    """
    from fervid.cli.reporter import Reporter
    from fervid.run.timeline_batch import TimelineBatch

    reporter = Reporter(quiet=quiet, verbose=verbose)
    batch = TimelineBatch(
        timelines,
        forms,
        output=output,
        recursive=recursive,
        empty=not no_empty,
        valence=valence,
        dialect=csv_dialect,
        shortest=shortest,
        sidecar=not no_sidecar,
        overwrite=overwrite,
    )
    failed = False
    for outcome in batch:
        for path in outcome.written:
            reporter.note(f"wrote {path}")
        if outcome.error is not None:
            failed = True
            reporter.error(outcome.error)
    return int(failed)
