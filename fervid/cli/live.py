"""The command ``fervid live``."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli.camera_options import camera_options
from fervid.cli.file_options import file_option
from fervid.cli.live_devices import list_devices
from fervid.cli.live_display import Display, report_losses, show
from fervid.cli.options import output_options, settings_options
from fervid.cli.outlet_options import outlet_options
from fervid.cli.signals import asked_to_stop
from fervid.cli.sound_options import sound_options
from fervid.cli.value_types import FileType, PathType
from fervid.core.plurals import counted
from fervid.settings import Group, Settings
from fervid.web.address import Address

if TYPE_CHECKING:
    from fervid.live.controls import SavedFile
    from fervid.outlets.base import Destination


@click.command(short_help="Classify the faces of cameras or streams live.")
@click.argument("sources", type=FileType(), nargs=-1, metavar="[SOURCE]...")
@camera_options
@click.option("--list", "listing", is_flag=True, help="List the cameras and the sound devices, and exit.")
@click.option(
    "--reconnect",
    is_flag=True,
    help="Wait for a camera or a stream that is not there, and reopen it when it fails or ends.",
)
@click.option("--record", type=PathType(), metavar="OUT.mp4", help="Record the picture.")
@file_option(
    "--record-clean",
    is_flag=True,
    gives_way=lambda typed: "no_window" in typed and "record" not in typed,
    help="Leave boxes and labels out of recordings.",
)
@click.option("--csv", type=PathType(), metavar="OUT.csv", help="Write the timeline.")
@click.option(
    "--serve",
    is_flag=False,
    flag_value=str(Address()),
    metavar="[HOST:PORT]",
    help=f"Serve a page for the browser instead of opening a window; the default without a display. The default "
    f"address is {Address()}, for this machine only.",
)
@click.option("--no-window", is_flag=True, help="Show nothing; only analyse and record.")
@sound_options
@outlet_options
@output_options
@settings_options(Group.INPUT, Group.DETECT, Group.ENGINE, Group.COMPUTE, Group.VIDEO, Group.TIME, Group.OUTPUT)
def live(
    settings: Settings,
    destinations: tuple[Destination, ...],
    sound: bool | str,
    sources: tuple[str, ...],
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
    """Classify faces live, until Ctrl-C or the end of all sources.

    SOURCE is the number or the device of a camera (by default 0), the address of a stream such as rtsp://camera/stream
    or http://camera/video.mjpg, or a video, which is played at its own speed. Several are analysed at once, each on its
    own but with times on one clock; --record OUT.mp4 and --csv OUT.csv then write OUT-1, OUT-2 and so on, in the order
    of the sources.

    The picture is shown in a window, where h lists the keys, or on a page in the browser. Frames that cannot be
    analysed in time are dropped and counted. Nothing is stored without --record, --csv, a key or a button, and nothing
    is sent to other programs without --lsl, --osc or --virtual-camera.
    With -v, the regions and the faces that were left out are outlined too.
    """
    if listing:
        list_devices()
        return 0

    from fervid.cli.options import parse_address
    from fervid.cli.reporter import Reporter
    from fervid.errors import UsageError
    from fervid.live.group import LiveGroup, check_files
    from fervid.live.session import Recordings
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
    sources = sources or ("0",)
    recordings = Recordings(record, csv, clean=record_clean, overwrite=overwrite, sound=sound)
    check_files(
        sources,
        recordings,
        source_option="SOURCE",
        sound_option="--sound",
        video_option="--record",
        csv_option="--csv",
    )

    def connect(source: str) -> LiveSource:
        return open_live(
            source,
            size=size,
            rate=fps,
            camera_format=form,
            reconnect=reconnect,
            wait=len(sources) == 1,
            start=settings.start,
            end=settings.end,
            stream=settings.stream,
            deinterlace=settings.deinterlace,
            rotation=settings.rotate,
            max_pixels=settings.max_pixels,
            sound=sound is True,
        )

    def note_saved(saved: SavedFile) -> None:
        lost = f", without {counted(saved.missing, 'frame')} that could not be written in time" if saved.missing else ""
        reporter.note(f"wrote {saved.path}{lost}")

    reporter = Reporter(quiet=quiet, verbose=verbose)
    display = Display()
    if serve is not None:
        display = Display(page=parse_address(serve, "--serve", "SOURCE"))
    elif not no_window and (missing := missing_display()) is None:
        display = Display(window=True)
    elif not no_window:
        reporter.note(
            f"fervid: {missing}, so the {'picture is' if len(sources) == 1 else 'pictures are'} shown on a page"
        )
        display = Display(page=Address(), any_port=True)
    # Opened outside the block below, in which a signal would not end the wait for a sender that is silent.
    group = LiveGroup(
        settings,
        [partial(connect, source) for source in sources],
        recordings,
        mirror=mirror,
        outline=verbose,
        on_saved=note_saved,
    )
    with group, asked_to_stop() as asked:
        group.send_to(destinations)
        try:
            return show(group, display, reporter, asked)
        finally:
            report_losses(group, reporter)
