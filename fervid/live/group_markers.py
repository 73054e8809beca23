"""Markers for several live sessions at once: one moment, with the same time and the same name in all of them."""

from __future__ import annotations

import threading
import time as clocks
from collections.abc import Sequence
from typing import Final

from fervid.core.markers import Marker, clean_line
from fervid.errors import SourceError
from fervid.live.session_markers import SessionMarkers, check_time

_NAMING: Final = threading.Lock()
"""Held from the choice of a name to its last use, so that two markers without a name get different numbers."""


def mark_together(
    sessions: Sequence[SessionMarkers],
    name: str = "",
    *,
    time: float | None = None,
    source: str = "python",
    moment: float | None = None,
) -> list[Marker | None]:
    """Place one marker in all sessions that run and have shown a picture, and write it beside all their recordings.

    The clock of each session is known from its own frames, to within a few milliseconds. The time of the marker is that
    of the most advanced one, whose frames arrived with the shortest delay.

    Args:
        sessions: The markers of the sessions, whose sources are on one clock.
        name: The name; empty for ``marker 1``, ``marker 2`` and so on, by the session that has most markers.
        time: The time of the marker, in seconds on the clock of the sources; None for now.
        source: The program or the control that places it.
        moment: The monotonic time that counts as now; None for the time of the call.

    Returns:
        The marker of each session; None where no picture has arrived yet, or where the source has ended.

    Raises:
        SourceError: No session runs, or none has shown a picture, so there is no clock.
        UsageError: The time is negative or has not come yet, or a session has too many markers.
        OutputError: The marker could not be written to a file. It has been placed in all sessions all the same, and is
            written as soon as there is room.
    """
    moment = clocks.monotonic() if moment is None else moment
    running = [session for session in sessions if not session.ended]
    if not running:
        raise SourceError("all sources have ended")
    times = {session: now for session in running if (now := session.time_at(moment)) is not None}
    if not times:
        raise SourceError("no picture has arrived yet", "place the marker again when one is shown")
    latest = max(times.values())
    if time is not None:
        check_time(time, latest)
    placed = running[0].date_at(moment)
    markers: dict[SessionMarkers, Marker] = {}
    errors: list[Exception] = []
    with _NAMING:
        line = clean_line(name) or f"marker {max(session.count for session in times) + 1}"
        for session in times:
            try:
                markers[session] = session.add(line, latest if time is None else time, placed, source)
            except Exception as error:  # whatever it is, the other sessions get the marker
                errors.append(error)
    if errors:
        raise errors[0]
    return [markers.get(session) for session in sessions]
