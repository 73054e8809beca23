"""The command ``fervid annotate``."""

from __future__ import annotations

from pathlib import Path

import click

from fervid import formats
from fervid.cli.file_options import beside, file_option
from fervid.cli.options import output_options, settings_options, study_options
from fervid.cli.report_option import report_option
from fervid.cli.study_run import run_study
from fervid.cli.value_types import FileType
from fervid.formats.encoding import CODECS, CRF_BOUNDS, DEFAULT_CODEC
from fervid.settings import Group, Settings


@click.command(short_help="Draw the emotion of every face on a video.")
@click.argument("videos", type=FileType(), metavar="VIDEO...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=FileType(),
    metavar="OUT",
    help=f"A file ({', '.join(formats.suffixes('video'))}) or a folder.",
)
@file_option("--csv", is_flag=True, help="Also write the timeline as CSV, beside the video.")
@file_option(
    "--crf",
    gives_way=beside("encoder"),
    type=click.IntRange(*CRF_BOUNDS),
    help="Quality of the video: lower is better, and gives a larger file.  "
    f"[default: {', '.join(f'{codec.crf} for {name}' for name, codec in CODECS.items())}]",
)
@file_option(
    "--codec",
    gives_way=beside("encoder"),
    help=f"Video codec: one of {', '.join(CODECS)}.  [default: {DEFAULT_CODEC}]",
)
@file_option("--encoder", gives_way=beside("codec"), help="Encoder of FFmpeg, such as libx264 or h264_nvenc.")
@study_options
@report_option
@output_options
@settings_options(*Group)
def annotate(
    settings: Settings,
    videos: tuple[str, ...],
    output: str | None,
    csv: bool,
    crf: int | None,
    codec: str | None,
    encoder: str | None,
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
    """Write a copy of a video with the emotion of every face drawn on it, and with its sound.

    VIDEO is a video, a picture, a folder of either, or a pattern such as 'day1/*.mp4'. The result is named after it
    and written to the current folder: clip.mp4 gives clip.annotated.mp4, and photo.jpg gives photo.annotated.jpg.
    With -v, the regions and the faces that were left out are outlined too.
    """
    from fervid.cli.reporter import Reporter
    from fervid.run.results import Results

    reporter = Reporter(quiet=quiet, verbose=verbose)
    results = Results(
        annotate=True,
        timeline=csv or report is not None,
        codec=codec,
        encoder=encoder,
        crf=crf,
        choice=verbose,
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
