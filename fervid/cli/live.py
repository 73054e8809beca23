"""The command ``fervid live``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli.camera_options import camera_options
from fervid.cli.file_options import file_option
from fervid.cli.options import output_options, settings_options
from fervid.cli.signals import asked_to_stop
from fervid.settings import Group, Settings
from fervid.web.address import Address

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.live.controls import SavedFile
    from fervid.live.session import LiveSession


@click.command(short_help="Classify the faces of a camera or a stream live.")
@camera_options
@click.option("--list", "listing", is_flag=True, help="List the cameras and exit.")
@click.option(
    "--reconnect",
    is_flag=True,
    help="Wait for a camera or a stream that is not there, and reopen it when it fails or ends.",
)
@click.option("--record", type=click.Path(path_type=Path), metavar="OUT.mp4", help="Record the picture.")
@file_option(
    "--record-clean",
    is_flag=True,
    gives_way=lambda typed: "no_window" in typed and "record" not in typed,
    help="Leave boxes and labels out of recordings.",
)
@click.option("--csv", type=click.Path(path_type=Path), metavar="OUT.csv", help="Write the timeline.")
@click.option(
    "--serve",
    is_flag=False,
    flag_value=str(Address()),
    metavar="[HOST:PORT]",
    help=f"Serve a page for the browser instead of opening a window; the default without a display. The default "
    f"address is {Address()}, for this machine only.",
)
@click.option("--no-window", is_flag=True, help="Show nothing; only analyse and record.")
@output_options
@settings_options(Group.INPUT, Group.DETECT, Group.ENGINE, Group.COMPUTE, Group.VIDEO, Group.TIME, Group.OUTPUT)
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
    """Classify faces live, until Ctrl-C or the end of the source.

    SOURCE is the number or the device of a camera (by default 0), the address of a stream such as rtsp://camera/stream
    or http://camera/video.mjpg, or a video, which is played at its own speed.

    The picture is shown in a window, where h lists the keys, or on a page in the browser. Frames that cannot be
    analysed in time are dropped and counted. Nothing is stored without --record, --csv, a key or a button.
    With -v, the regions and the faces that were left out are outlined too.
    """
    if listing:
        from fervid.sources.camera import list_cameras

        found = list_cameras()
        for camera in found:
            click.echo(f"{camera.number}  {camera.name}")
        if not found:
            click.echo("fervid: no camera was found", err=True)
        return 0

    from fervid.cli.options import parse_address
    from fervid.cli.reporter import Reporter
    from fervid.errors import UsageError
    from fervid.live.session import LiveSession, Recordings
    from fervid.run.targets import check_distinct
    from fervid.sources import LiveSource, open_live
    from fervid.window import missing_display

    if serve is not None and no_window:
        raise UsageError("--serve and --no-window contradict each other", "leave one of them out")
    if record_clean and record is None and no_window:
        raise UsageError("--record-clean does not start a recording", "add --record OUT.mp4")
    if "-" in (str(record), str(csv)):
        raise UsageError(
            "a live recording cannot be written to standard output", "name a file, or get JSON from the page of --serve"
        )
    check_distinct({"SOURCE": source}, {"--record": record, "--csv": csv})

    def connect() -> LiveSource:
        return open_live(
            source,
            size=size,
            rate=fps,
            camera_format=form,
            reconnect=reconnect,
            start=settings.start,
            end=settings.end,
            stream=settings.stream,
            deinterlace=settings.deinterlace,
            rotation=settings.rotate,
            max_pixels=settings.max_pixels,
        )

    def note_saved(saved: SavedFile) -> None:
        lost = f", without {saved.missing} frames that could not be written in time" if saved.missing else ""
        reporter.note(f"wrote {saved.path}{lost}")

    reporter = Reporter(quiet=quiet, verbose=verbose)
    display = Display()
    if serve is not None:
        display = Display(page=parse_address(serve, "--serve", "SOURCE"))
    elif not no_window and (missing := missing_display()) is None:
        display = Display(window=True)
    elif not no_window:
        reporter.note(f"fervid: {missing}, so the picture is shown on a page")
        display = Display(page=Address(), any_port=True)
    recordings = Recordings(record, csv, clean=record_clean, overwrite=overwrite)
    # Opened outside the block below, in which a signal would not end the wait for a sender that is silent.
    session = LiveSession(settings, connect, recordings, mirror=mirror, outline=verbose, on_saved=note_saved)
    with session, asked_to_stop() as asked:
        try:
            _show(session, display, reporter, asked)
        finally:
            _report_losses(session, reporter)
    return 0


@dataclass(frozen=True, slots=True)
class Display:
    """The place where a session is shown; by default none.

    Attributes:
        window: Open a window, which needs a display.
        page: Serve a page at this address; None for no page.
        any_port: If the port of the page is taken, use any other that is free.
    """

    window: bool = False
    page: Address | None = None
    any_port: bool = False


def _show(session: LiveSession, display: Display, reporter: Reporter, asked: Callable[[], bool]) -> None:
    """Run a session until its source ends, its window is closed, or a signal asks to stop."""
    with session, ExitStack() as stack:
        page = None
        if display.page is not None:
            from fervid.web.live_site import LiveSite  # imported here, because the server takes long to load
            from fervid.web.server import Page

            site = LiveSite(session.controls, session.classes, detector=session.detector, engine=session.engine)
            page = stack.enter_context(Page(site, display.page, another=display.any_port))
        session.start()
        if page is not None:
            click.echo(page.url)
        if display.window:
            from fervid.window import Window

            title = f"fervid: {session.live.source.name}"
            window = stack.enter_context(Window(session.controls, [session.detector, session.engine], title=title))
            session.play(window, lambda: asked() or window.closed)
        else:
            from fervid.cli.live_status import status_view

            session.play(stack.enter_context(status_view(reporter.console, quiet=reporter.quiet)), asked)


def _report_losses(session: LiveSession, reporter: Reporter) -> None:
    for count, loss in (
        (session.live.dropped, "dropped, because the analysis was too slow"),
        (session.live.source.undecodable, "damaged, and could not be decoded"),
    ):
        if count:
            reporter.note(f"{count} frame{'s were' if count > 1 else ' was'} {loss}")
