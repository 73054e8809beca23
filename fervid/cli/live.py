"""``fervid live``."""

from __future__ import annotations

from pathlib import Path

import click

from fervid.cli.camera_options import camera_options
from fervid.cli.options import live_options, output_options
from fervid.settings import Settings
from fervid.web.address import Address


@click.command(short_help="Read emotions while they happen, from a camera or a stream.")
@camera_options
@click.option("--list", "listing", is_flag=True, help="List the cameras at hand, and end.")
@click.option("--reconnect", is_flag=True, help="When a camera or stream fails or ends, open it again and again.")
@click.option("--record", type=click.Path(path_type=Path), metavar="OUT.mp4", help="Record the picture.")
@click.option("--record-clean", is_flag=True, help="Record it without boxes and labels.")
@click.option("--csv", type=click.Path(path_type=Path), metavar="OUT.csv", help="Write the timeline.")
@click.option(
    "--serve",
    is_flag=False,
    flag_value=str(Address()),
    metavar="[HOST:PORT]",
    help=f"Show a page in the browser in place of a window; by default at {Address()}, for this machine alone. "
    "Without a display, that happens by itself.",
)
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
    serve: str | None,
    no_window: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Read emotions while they happen, until Ctrl-C or the end of the source.

    SOURCE is a camera's number or device (0 is the default), the address of a stream such as rtsp://camera/stream or
    http://camera/video.mjpg, or a video that is played at its own speed.

    The picture is shown in a window, whose keys `h` lists, or else as a page in the browser. Frames that cannot be
    analysed in time are dropped and counted. Nothing is stored unless --record, --csv, a key or a button asks.
    """
    from fervid.sources.cameras import cameras

    if listing:
        found = cameras()
        for camera in found:
            click.echo(f"{camera.number}  {camera.name}")
        if not found:
            click.echo("fervid: there is no camera at hand", err=True)
        return 0

    from fervid.cli.live_session import Recordings, Showing, sit
    from fervid.cli.reporter import Reporter
    from fervid.cli.serving import address_of
    from fervid.errors import UsageError
    from fervid.run.targets import one_each
    from fervid.sources import LiveSource, open_live
    from fervid.window import missing_display

    if serve is not None and no_window:
        raise UsageError("--serve and --no-window contradict each other", "leave one of them out")
    if record_clean and record is None and no_window:
        raise UsageError("--record-clean says how, not where to record", "give --record OUT.mp4 too")

    if "-" in (str(record), str(csv)):
        raise UsageError(
            "a live recording does not go to standard output", "name a file; --serve has JSON for programs"
        )
    one_each({"SOURCE": source, "--record": record, "--csv": csv})

    def connect() -> LiveSource:
        return open_live(
            source, size=size, rate=fps, form=form, reconnect=reconnect, start=settings.start, end=settings.end
        )

    reporter = Reporter(quiet=quiet, verbose=verbose)
    if no_window:
        show = Showing()
    elif serve is not None:
        show = Showing(page=address_of(serve, "--serve", "SOURCE"))
    elif (missing := missing_display()) is None:
        show = Showing(window=True)
    else:
        reporter.note(f"fervid: {missing}, so the picture is served to browsers")
        show = Showing(page=Address(), another=True)
    recordings = Recordings(record, record_clean, csv, overwrite)
    sit(settings, connect, recordings, reporter, mirror=mirror, show=show, quiet=quiet)
    return 0
