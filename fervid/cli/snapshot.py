"""``fervid snapshot``."""

from __future__ import annotations

import click

from fervid.cli.camera_options import NumberType, camera_options
from fervid.cli.options import output_options, still_options
from fervid.settings import Settings


@click.command(short_help="Take one photo with a camera and read it.")
@camera_options
@click.option(
    "--countdown",
    type=NumberType(0, 60),
    default=3.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait from the first picture on; with a window, space takes the photo at once.",
)
@click.option("-o", "--output", metavar="OUT", help="The picture file.  [default: snapshot-DATE-TIME.jpg]")
@click.option("--csv", metavar="OUT.csv", help="Write the strengths as CSV; - for standard output.")
@click.option("--json", metavar="OUT.json", help="The same as JSON.")
@click.option("--no-window", is_flag=True, help="Show nothing; the countdown is printed.")
@output_options
@still_options
def snapshot(
    settings: Settings,
    source: str,
    size: tuple[int, int] | None,
    fps: float | None,
    form: str,
    mirror: bool,
    countdown: float,
    output: str | None,
    csv: str | None,
    json: str | None,
    no_window: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Count down on the live picture, take one photo, and read every face in it.

    SOURCE is what `fervid live` takes: a camera (0 is the default), a stream, or a video. The photo is written with
    boxes and labels; the strengths of each face are listed on standard output, or go where --csv and --json say.
    """
    from fervid.cli.photos import tables_of
    from fervid.cli.reporter import Reporter
    from fervid.cli.snapshot_session import Shooting
    from fervid.sources import LiveSource, open_live
    from fervid.window import missing_display

    def connect() -> LiveSource:
        return open_live(source, size=size, rate=fps, form=form)

    reporter = Reporter(quiet=quiet, verbose=verbose)
    tables = tables_of(csv, json, output)
    window = not no_window and missing_display() is None
    shooting = Shooting(
        settings, output, tables, reporter, countdown, mirror=mirror, window=window, overwrite=overwrite
    )
    return shooting.shoot(connect)
