"""One run of ``fervid live``: from the loaded models to the last line that is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli.live_status import status
from fervid.cli.reporter import Reporter
from fervid.cli.signals import asked_to_stop
from fervid.live.analysis import Live
from fervid.live.controls import Controls
from fervid.live.view import play
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.sources import LiveSource
from fervid.web.address import Address
from fervid.window import Window

if TYPE_CHECKING:
    from fervid.web.server import Page


@dataclass(frozen=True, slots=True)
class Recordings:
    """What is recorded from the beginning.

    Attributes:
        video: Where the picture goes; None to record none.
        clean: Whether boxes and labels are left out of recorded pictures.
        csv: Where the timeline goes; None to write none.
        overwrite: Whether files may be replaced.
    """

    video: Path | None
    clean: bool
    csv: Path | None
    overwrite: bool

    def begin(self, controls: Controls) -> None:
        """Begin them.

        Raises:
            OutputError: One of the files is there, or cannot be.
        """
        if self.video is not None:
            controls.record(self.video, overwrite=self.overwrite)
        if self.csv is not None:
            controls.write_timeline(self.csv, overwrite=self.overwrite)


@dataclass(frozen=True, slots=True)
class Showing:
    """Where pictures are shown.

    Attributes:
        window: In a window, which there must be a display for.
        page: In a browser, at this address; None for nowhere.
        another: Where the port of the page is taken, use any other that is free.
    """

    window: bool = False
    page: Address | None = None
    another: bool = False


def sit(
    settings: Settings,
    connect: Callable[[], LiveSource],
    recordings: Recordings,
    reporter: Reporter,
    *,
    mirror: bool,
    show: Showing,
    quiet: bool,
) -> None:
    """Read until the source ends, or Ctrl-C or SIGTERM asks to stop; recordings are complete either way.

    Args:
        settings: How to analyse.
        connect: Opens the source; called when the models are loaded, since a source does not wait.
        recordings: What to record.
        reporter: Where messages go.
        mirror: Whether pictures are mirrored.
        show: Where pictures are shown.
        quiet: Say nothing of how it goes.

    Raises:
        FervidError: The models cannot be loaded, the source fails, or a recording cannot be written.
    """
    with asked_to_stop() as asked, Models(settings.replace(batch=1)) as models, connect() as source:
        live = Live(source, models.analyser(live=True), blur=settings.blur, mirror=mirror)
        controls = Controls(live, models.engine.manifest.classes, clean=recordings.clean, tell=reporter.note)
        try:
            with live, ExitStack() as shown:
                page = None
                if show.page is not None:
                    page = shown.enter_context(_page(controls, models, show.page, another=show.another))
                recordings.begin(controls)  # after all that may refuse, so that no file is begun for nothing
                live.start()
                if page is not None:
                    click.echo(page.url)
                if show.window:
                    runs = [models.detector.name, _running(models)]
                    window = shown.enter_context(Window(controls, runs, title=f"fervid: {source.name}"))
                    play(live, window, lambda: asked() or window.closed)
                else:
                    play(live, shown.enter_context(status(reporter.console, quiet=quiet)), asked)
        finally:
            controls.report()
            _tell(live, reporter)


def _page(controls: Controls, models: Models, address: Address, *, another: bool) -> Page:
    from fervid.web.live_site import LiveSite  # a server is heavy, and mostly not wanted
    from fervid.web.server import Page

    classes = models.engine.manifest.classes
    site = LiveSite(controls, classes, detector=models.detector.name, engine=_running(models))
    return Page(site, address, another=another)


def _running(models: Models) -> str:
    """The engine and what runs it, for whoever watches."""
    return f"{models.engine.manifest.name}, {models.engine.backend} on {models.engine.device}"


def _tell(live: Live, reporter: Reporter) -> None:
    for count, what in (
        (live.dropped, "dropped for want of time to analyse"),
        (live.source.undecodable, "damaged, and left out"),
    ):
        if count:
            reporter.note(f"{count} frame{'s were' if count > 1 else ' was'} {what}")
