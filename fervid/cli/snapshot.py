"""The command ``fervid snapshot``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli.camera_options import NumberType, camera_options
from fervid.cli.file_options import file_option
from fervid.cli.options import Tables, output_options, settings_options, table_options
from fervid.cli.signals import asked_to_stop
from fervid.cli.value_types import FileType
from fervid.errors import UsageError
from fervid.live import COUNTDOWN, COUNTDOWN_BOUNDS
from fervid.run.option_flags import flag
from fervid.settings import Group, Settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fervid.cli.reporter import Reporter
    from fervid.live.snapshot import Press


@click.command(short_help="Take a photo with a camera and classify its faces.")
@click.argument("source", type=FileType(), default="0", metavar="[SOURCE]")
@camera_options
@file_option(
    "--countdown",
    type=NumberType(*COUNTDOWN_BOUNDS),
    default=COUNTDOWN,
    show_default=True,
    metavar="SECONDS",
    help="Time from the first picture to the photo. In the window, space takes the photo at once.",
)
@click.option(
    "-o", "--output", type=FileType(), metavar="OUT", help="The picture file.  [default: snapshot-DATE-TIME.jpg]"
)
@table_options
@click.option("--no-window", is_flag=True, help="Print the countdown instead of showing a window.")
@output_options
@settings_options(Group.INPUT, Group.DETECT, Group.ENGINE, Group.COMPUTE, Group.VIDEO, Group.OUTPUT)
def snapshot(
    settings: Settings,
    tables: Tables,
    source: str,
    size: tuple[int, int] | None,
    fps: float | None,
    form: str,
    mirror: bool,
    countdown: float,
    output: str | None,
    no_window: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Take a photo after a countdown, and classify every face in it.

    SOURCE is a camera (by default 0), a stream, or a video, as for fervid live. The photo is written with boxes and
    labels. The probabilities of each face are listed on standard output, unless a table is written. With -v, the
    regions and the faces that were left out are outlined too.
    """
    from fervid.cli.reporter import Reporter
    from fervid.formats.photo_table import as_text
    from fervid.live.snapshot import take_snapshot
    from fervid.run.targets import check_distinct
    from fervid.sources import LiveSource, open_live
    from fervid.window import WindowViewfinder, missing_display

    def connect() -> LiveSource:
        return open_live(
            source,
            size=size,
            rate=fps,
            camera_format=form,
            rotation=settings.rotate,
            max_pixels=settings.max_pixels,
            deinterlace=settings.deinterlace,
        )

    reporter = Reporter(quiet=quiet, verbose=verbose)
    check_distinct({"SOURCE": source}, {"-o": output} | {flag(name): file for name, file in tables.items()})
    window = WindowViewfinder() if not no_window and missing_display() is None else None
    with window or nullcontext():
        shot = take_snapshot(
            settings,
            connect,
            _target(output),
            window or PrintedCountdown(reporter),
            countdown=countdown,
            mirror=mirror,
            outline=verbose,
            tables=tables,
            overwrite=overwrite,
            stoppable=_stoppable,
        )
        if shot is None:
            reporter.note("fervid: no photo was taken")
            return 1
        if not tables:
            click.echo(as_text(shot.photo))
        for path in shot.written:
            reporter.note(f"wrote {path}")
        if window is not None:
            with asked_to_stop() as asked:
                window.review(shot.image, asked)
    return 0


class PrintedCountdown:
    """A `Viewfinder` that prints the seconds.

    Args:
        reporter: Prints them.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._printed = 0

    def count(self, _image: NDArray[np.uint8], left: int) -> Press:
        """Print the number of seconds that are left, if it has changed."""
        from fervid.live.snapshot import Press

        if left != self._printed:
            self._reporter.note(str(left))
            self._printed = left
        return Press.WAIT


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Collect the requests to stop during the countdown, which ends before anything is raised for them.

    Raises:
        KeyboardInterrupt: There was a request.
    """
    with asked_to_stop() as asked:
        yield asked
        if asked():
            raise KeyboardInterrupt


def _target(output: str | None) -> Path:
    if output is None:
        return Path(f"snapshot-{datetime.now():%Y%m%d-%H%M%S}.jpg")
    if Path(output).is_dir():
        raise UsageError(f"'{output}' is a folder", "give -o a picture file")
    return Path(output)
