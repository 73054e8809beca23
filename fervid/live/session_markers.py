"""The markers of a live session: placed from any thread, told to listeners, and written beside each recording."""

from __future__ import annotations

import logging
import math
import threading
import time as clocks
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from fervid.core.failures import to_fervid_error
from fervid.core.markers import LONGEST_SOURCE, Marker, clean_line
from fervid.core.timecodes import clock
from fervid.errors import SourceError, UsageError
from fervid.formats.marker_files import MOST, MarkerFile
from fervid.live.analysis import LiveAnalysis
from fervid.live.recorder import Recorder

_log = logging.getLogger(__name__)

Listener: TypeAlias = Callable[[Marker], None]
"""Called with each marker in the thread that placed it. It must not wait."""

_ROUNDING_S: Final = 0.0005
"""By so much, the time of a marker may be rounded up. Another one can be placed at that time at once."""


class SessionMarkers:
    """All markers of a session. Any thread may place some.

    The time of a marker is the moment at which it was placed, on the clock of the source (`SourceClock`). So it depends
    neither on the frame rate, nor on the latency of the analysis, nor on a frame that arrives late.

    Args:
        live: The analysis.
        now: Returns the time of day.
    """

    def __init__(self, live: LiveAnalysis, now: Callable[[], datetime] = datetime.now) -> None:
        self._live = live
        self._now = now
        self._lock = threading.Lock()
        self._markers: list[Marker] = []
        self._files: dict[Recorder, tuple[MarkerFile, bool]] = {}
        self._listeners: tuple[Listener, ...] = ()

    @property
    def placed(self) -> tuple[Marker, ...]:
        """The markers so far, in the order in which they were placed."""
        with self._lock:
            return tuple(self._markers)

    @property
    def count(self) -> int:
        """The number of markers so far."""
        return len(self._markers)

    @property
    def ended(self) -> bool:
        """True once the source has ended."""
        return self._live.results.ended

    @property
    def unsaved(self) -> int:
        """The number of markers that are in no file, because nothing was recorded when they were placed."""
        return sum(not marker.files for marker in self.placed)

    def listen(self, listener: Listener) -> None:
        """Call a function with each marker from now on, once it is written. An error of it is logged."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

    def place(
        self, name: str = "", *, time: float | None = None, source: str = "python", moment: float | None = None
    ) -> Marker:
        """Place a marker, and write it beside all recordings that are in progress.

        Args:
            name: The name; empty for ``marker 1``, ``marker 2`` and so on. Control characters become spaces, and a name
                of more than 200 characters is cut.
            time: The time of the marker, in seconds on the clock of the source; None for now.
            source: The program or the control that places it.
            moment: The monotonic time that counts as now; None for the time of the call.

        Raises:
            SourceError: No frame has been analysed yet, so there is no clock.
            UsageError: The time is negative or has not come yet, or the session has too many markers.
            OutputError: The marker could not be written to a file. It has been placed all the same, and is written
                as soon as there is room.
        """
        moment = clocks.monotonic() if moment is None else moment
        now = self.time_at(moment)
        if now is None:
            raise SourceError("no picture has arrived yet", "place the marker again when one is shown")
        if time is not None:
            check_time(time, now)
        return self.add(name, now if time is None else time, self.date_at(moment), source)

    def time_at(self, moment: float) -> float | None:
        """Return the time on the clock of the source at a moment, in seconds; None before the first picture.

        Args:
            moment: The moment, in seconds of the monotonic clock.
        """
        return None if self._live.results.newest is None else self._live.clock.at(moment)

    def date_at(self, moment: float) -> datetime:
        """Return the time of day at a moment, in whole milliseconds, as files have it.

        Args:
            moment: The moment, in seconds of the monotonic clock.
        """
        placed = self._now().astimezone() - timedelta(seconds=clocks.monotonic() - moment)
        return placed.replace(microsecond=placed.microsecond // 1000 * 1000)

    def add(self, name: str, time: float, placed: datetime, source: str) -> Marker:
        """Add a marker whose time is known, and write it; `place` says what happens to names, and to errors.

        Args:
            name: The name; empty for ``marker 1``, ``marker 2`` and so on.
            time: The time, in seconds on the clock of the source.
            placed: The time of day.
            source: The program or the control that places it.

        Raises:
            UsageError: The session has too many markers.
            OutputError: The marker could not be written to a file.
        """
        newest = self._live.results.newest
        with self._lock:
            number = len(self._markers) + 1
            if number > MOST:
                raise UsageError(f"the session has {MOST} markers already", "begin another session")
            line = clean_line(name) or f"marker {number}"
            marker = Marker(
                number,
                round(time, 3),
                line,
                placed,
                clean_line(source, LONGEST_SOURCE),
                None if newest is None else newest.frame.index,
                tuple(file.path for file, _ in self._files.values()),
            )
            self._markers.append(marker)
            errors = [error for recorder in self._files if (error := self._write(recorder, marker)) is not None]
            listeners = self._listeners
        for listener in listeners:
            try:
                listener(marker)
            except Exception as error:  # whatever it is, the marker is placed
                _log.error("a marker could not be passed on: %s", to_fervid_error(error))
        if errors:
            raise errors[0]
        return marker

    def begin(self, recorder: Recorder, *, from_zero: bool) -> None:
        """Write the markers from now on beside a recording.

        Args:
            recorder: The recording, which has just begun.
            from_zero: True if its times count from its first frame; False if they are those of the source.
        """
        if recorder.target is not None:
            with self._lock:
                self._files[recorder] = MarkerFile(recorder.target), from_zero

    def end(self, recorder: Recorder) -> Path | None:
        """Complete the markers of a recording that has finished.

        Without a frame there is no recording, and none of its markers either: they count as placed while nothing was
        recorded.

        Returns:
            The file; None if there are none, or it has been returned before.

        Raises:
            OutputError: Markers could not be written.
        """
        with self._lock:
            file, _ = self._files.pop(recorder, (None, False))
            if file is None or recorder.begin is not None:
                return None if file is None else file.close()
            self._markers = [
                replace(marker, files=tuple(path for path in marker.files if path != file.path))
                for marker in self._markers
            ]
            file.discard()
            return None

    def _write(self, recorder: Recorder, marker: Marker) -> Exception | None:
        """Write a marker beside a recording, and return the error if that fails, so that others get it too."""
        file, from_zero = self._files[recorder]
        begin = (marker.time if recorder.begin is None else recorder.begin) if from_zero else 0.0
        try:
            file.write(marker.shifted(-begin))
        except Exception as error:
            return error
        return None


def check_time(time: float, now: float) -> None:
    """Check the time that is wanted for a marker.

    Args:
        time: The time, in seconds on the clock of the source.
        now: The time that it is now, on the same clock.

    Raises:
        UsageError: It is negative, or has not come yet.
    """
    if not (math.isfinite(time) and 0 <= time <= now + _ROUNDING_S):
        raise UsageError(f"a marker cannot be placed at {_shown(time)}", f"give a time from 0 to {clock(now)}")


def _shown(time: float) -> str:
    return clock(time) if math.isfinite(time) and abs(time) < 1e9 else str(time)
