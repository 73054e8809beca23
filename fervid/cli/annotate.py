"""``fervid annotate``."""

from __future__ import annotations

import click

from fervid.cli.options import output_options, settings_options
from fervid.settings import Group, Settings


@click.command(short_help="Write the video with the emotion of every face on it.")
@click.argument("videos", metavar="VIDEO...", nargs=-1, required=True)
@click.option("-o", "--output", metavar="OUT", help="A video file or a folder.")
@click.option("--csv", is_flag=True, help="Write the CSV timeline too, beside the video.")
@click.option("--crf", type=click.IntRange(0, 63), help="Quality: lower is better and larger.  [default: 20 for h264]")
@click.option("--codec", help="Video codec: h264, hevc or av1.  [default: h264]")
@click.option("--encoder", help="An encoder of FFmpeg, such as libx264 or h264_nvenc.")
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
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Write the video with the emotion of every face drawn on it, its sound kept.

    VIDEO is a video, a picture, a folder of either, or a pattern such as 'day1/*.mp4'. The result is named after it
    and lands in this folder: clip.mp4 gives clip.annotated.mp4, and photo.jpg gives photo.annotated.jpg.
    """
    from collections.abc import Iterator
    from pathlib import Path

    from fervid.cli.reporter import Reporter
    from fervid.cli.run import Run
    from fervid.draw.blur import Blur
    from fervid.draw.painter import Painter
    from fervid.errors import UsageError
    from fervid.formats.base import Writer
    from fervid.formats.csv import CsvWriter
    from fervid.formats.encoders import choose
    from fervid.formats.picture import PictureWriter, annotated
    from fervid.formats.video import VideoWriter
    from fervid.run.models import Models
    from fervid.run.targets import STANDARD_OUTPUT
    from fervid.sources import PICTURE_SUFFIXES
    from fervid.sources.base import SourceInfo

    if output == STANDARD_OUTPUT:
        raise UsageError("a video does not go to standard output", "give -o a file or a folder")
    choose(codec, encoder, crf)  # a wrong combination concerns the command, not one input after the other
    trimmed = settings.start is not None or settings.end is not None

    def writers(info: SourceInfo, target: Path | None, models: Models) -> Iterator[Writer]:
        assert target is not None
        painter = Painter(Blur() if settings.blur else None)
        if info.still and info.frames == 1:
            yield PictureWriter(target, painter=painter, overwrite=overwrite)
        else:
            yield VideoWriter(
                target,
                info,
                painter=painter,
                codec=codec,
                encoder=encoder,
                crf=crf,
                trimmed=trimmed,
                overwrite=overwrite,
            )
        if csv:
            beside = target.with_name(target.stem.removesuffix(".annotated") + ".csv")
            yield CsvWriter(beside, models.engine.manifest.classes, overwrite=overwrite)

    def suffix(source: Path) -> str:
        if source.is_dir() or source.suffix.lower() not in PICTURE_SUFFIXES:
            return ".annotated.mp4"
        return annotated(source)

    reporter = Reporter(quiet=quiet, verbose=verbose)
    return Run(settings, writers, suffix, output, reporter).over(videos)
