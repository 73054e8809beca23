"""The place where the sessions of ``fervid live`` are shown, and the lines about them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from fervid.core.failures import to_fervid_error
from fervid.errors import FervidError
from fervid.web.address import Address

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.live.group import LiveGroup
    from fervid.live.session import LiveSession
    from fervid.window import Window


@dataclass(frozen=True, slots=True)
class Display:
    """The place where sessions are shown; by default none.

    Attributes:
        window: Open a window, which needs a display.
        page: Serve a page at this address; None for no page.
        any_port: If the port of the page is taken, use any other that is free.
    """

    window: bool = False
    page: Address | None = None
    any_port: bool = False


def show(group: LiveGroup, display: Display, reporter: Reporter, asked: Callable[[], bool]) -> int:
    """Run sessions until all sources have ended, the window is closed, or a signal asks to stop.

    Returns:
        The exit code: that of the first source that failed while others went on, or else 0.

    Raises:
        FervidError: The last source has failed, or the only one.
    """
    codes: list[int] = []
    window: Window | None = None

    def note_end(session: LiveSession, error: Exception | None) -> None:
        if window is not None:
            window.views[group.sessions.index(session)].end(None if error is None else to_fervid_error(error))
        if error is None:
            reporter.note(f"{session.live.source.name} has ended; the others go on")
        else:
            failure = _failure(session.live.source.name, error)
            codes.append(failure.exit_code)
            reporter.error(failure)

    with group, ExitStack() as stack:
        page = None
        session = group.sessions[0]
        if display.page is not None:
            from fervid.web.group_site import GroupSite  # imported here, because the server takes long to load
            from fervid.web.live_site import LiveSite
            from fervid.web.server import Page

            sites = [
                LiveSite(each.controls, each.classes, detector=each.detector, engine=each.engine)
                for each in group.sessions
            ]
            site = GroupSite(sites, started=group.started)
            page = stack.enter_context(Page(site, display.page, another=display.any_port))
        group.start()
        if page is not None:
            click.echo(page.url)
        if display.window:
            from fervid.window import Window

            count = len(group.sessions)
            title = f"fervid: {session.live.source.name if count == 1 else f'{count} sources'}"
            controls = [each.controls for each in group.sessions]
            window = opened = stack.enter_context(Window(controls, [session.detector, session.engine], title=title))
            group.play(window.views, lambda: asked() or opened.closed, note_end)
        else:
            from fervid.cli.live_status import status_views

            names = [each.live.source.name for each in group.sessions]
            views = stack.enter_context(status_views(reporter.console, names, quiet=reporter.quiet))
            group.play(views, asked, note_end)
    return codes[0] if codes else 0


def report_losses(group: LiveGroup, reporter: Reporter) -> None:
    """Print a line for each kind of frames that a source has lost, and for markers that are in no file."""
    for session in group.sessions:
        source = f" of {session.live.source.name}" if len(group.sessions) > 1 else ""
        for count, loss in (
            (session.live.dropped, "dropped, because the analysis was too slow"),
            (session.live.source.undecodable, "damaged, and could not be decoded"),
            *((sender.dropped, f"not sent to {sender.name} in time") for sender in session.senders),
        ):
            if count:
                reporter.note(
                    f"{count} frame{'s' if count > 1 else ''}{source} {'were' if count > 1 else 'was'} {loss}"
                )
        if count := session.controls.markers.unsaved:
            are, them = ("s are", "them") if count > 1 else (" is", "it")
            reporter.note(f"{count} marker{are} in no file, because nothing was recorded when you placed {them}")


def _failure(name: str, error: Exception) -> FervidError:
    """Return the error of a source, for the user, with its name, while the other sources go on."""
    failure = to_fervid_error(error)
    problem = failure.problem if name in failure.problem else f"{name}: {failure.problem}"
    remedy = "; ".join(part for part in (failure.remedy, "the other sources go on") if part)
    converted = type(failure)(problem, remedy, options=failure.options)
    converted.__cause__ = error
    return converted
