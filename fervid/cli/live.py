"""``fervid live``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from fervid.cli.options import live_options, output_options
from fervid.settings import Settings


class SizeType(click.ParamType[tuple[int, int]]):
    """A width and a height in pixels, as 1280x720."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Parse `value`, with click's own usage error for a wrong one."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"([1-9]\d{1,4})x([1-9]\d{1,4})", value)
        if match is None:
            self.fail(f"'{value}' is not a size; write it as 1280x720", param, ctx)
        return int(match[1]), int(match[2])


@click.command(short_help="Read emotions while they happen, from a camera or a stream.")
@click.argument("source", default="0", metavar="[SOURCE]")
@click.option("--list", "listing", is_flag=True, help="List the cameras at hand, and end.")
@click.option("--size", type=SizeType(), help="Picture size to ask a camera for.  [default: 1280x720]")
@click.option("--fps", type=click.FloatRange(1, 1000), help="Frames a second to ask a camera for.  [default: 30]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["auto", "mjpg", "yuyv"]),
    default="auto",
    show_default=True,
    help="How a camera sends its pictures; auto is mjpg where it is too slow otherwise.",
)
@click.option("--mirror", is_flag=True, help="Mirror the picture, as a looking glass does.")
@click.option("--reconnect", is_flag=True, help="When a camera or stream fails or ends, open it again and again.")
@click.option("--record", type=click.Path(path_type=Path), metavar="OUT.mp4", help="Record the picture.")
@click.option("--record-clean", is_flag=True, help="Record it without boxes and labels.")
@click.option("--csv", type=click.Path(path_type=Path), metavar="OUT.csv", help="Write the timeline.")
@click.option("--no-window", is_flag=True, help="Show nothing: only read, and record.")
@output_options
@live_options
def live(
    settings: Settings,
    source: str,
    listing: bool,
    size: tuple[int, int] | None,
    fps: float | None,
    form: str,
    mirror: bool,
    reconnect: bool,
    record: Path | None,
    record_clean: bool,
    csv: Path | None,
    no_window: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Read emotions while they happen, until Ctrl-C or the end of the source.

    SOURCE is a camera's number or device (0 is the default), the address of a stream such as rtsp://camera/stream or
    http://camera/video.mjpg, or a video that is played at its own speed.

    Frames that cannot be analysed in time are dropped and counted. Nothing is stored unless --record or --csv asks.
    """
    from fervid.sources.cameras import cameras

    if listing:
        found = cameras()
        for camera in found:
            click.echo(f"{camera.number}  {camera.name}")
        if not found:
            click.echo("fervid: there is no camera at hand", err=True)
        return 0

    from fervid.cli.reporter import Reporter
    from fervid.cli.sitting import Recordings, sit
    from fervid.errors import UsageError
    from fervid.sources import LiveSource, open_live
    from fervid.window import missing_display

    if record_clean and record is None:
        raise UsageError("--record-clean says how, not where to record", "give --record OUT.mp4 too")

    def connect() -> LiveSource:
        return open_live(
            source, size=size, rate=fps, form=form, reconnect=reconnect, start=settings.start, end=settings.end
        )

    window = not no_window and missing_display() is None
    recordings = Recordings(record, record_clean, csv, overwrite)
    reporter = Reporter(quiet=quiet, verbose=verbose)
    sit(settings, connect, recordings, reporter, mirror=mirror, window=window, quiet=quiet)
    return 0
