"""The part of the window that shows one source: its picture, its readings and its controls."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.markers import Marker
from fervid.core.readings import FrameReading
from fervid.draw import plates
from fervid.errors import FervidError
from fervid.live.controls import Controls
from fervid.live.meter import MeterReading
from fervid.live.session_markers import SessionMarkers
from fervid.window.grid import Grid
from fervid.window.headup import RED, HeadUp, Words
from fervid.window.strip import SPAN_S, paint_strips

MARK: Final = "m"
"""The key that places a marker."""

_NOTICE_S: Final = 3.0
_SILENT_S: Final = 2.0


class Cell:
    """A `View` of one source in a window, and the actions of its keys.

    Args:
        controls: The controls of the live analysis, which the keys operate.
        runs: The names of detector and engine, for the line at the top.
        title: The name of the source, for the same line; empty to leave it out.
        hint: Words that always stand at the right of that line; empty for none.
        grid: The grid in which the picture has its place.
        refresh: Called after a picture was painted, with the picture and the rates of the source.
        now: A monotonic clock in seconds.

    Attributes:
        switches: The state that each key switches on and off, as a function that returns True while it is on.
        ended: True once the source has ended, while others go on.
    """

    def __init__(
        self,
        controls: Controls,
        runs: Sequence[str],
        title: str,
        hint: str,
        grid: Grid,
        refresh: Callable[[NDArray[np.uint8]], None],
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._controls = controls
        self._hint: list[Words] = [(hint, plates.DIM)] if hint else []
        self._grid = grid
        self._refresh = refresh
        self._now = now
        self._painter = controls.live.painter()
        self._headup = HeadUp(runs, title, now=now)
        self._shown: tuple[NDArray[np.uint8], FrameReading] | None = None
        self._at = now()
        self._notice = ""
        self._noticed = 0.0
        self._end: Words | None = None
        self._actions: dict[str, Callable[[], str]] = {
            " ": self._pause,
            "r": self._record,
            "s": self._save,
            MARK: self._mark,
            "f": self._mirror,
            "+": self._smoother,
            "=": self._smoother,  # where + needs a shift
            "-": self._quicker,
        }
        self.switches: dict[str, Callable[[], bool]] = {
            " ": lambda: controls.live.paused,
            "r": lambda: controls.recording,
            "f": lambda: controls.live.mirror,
        }

    @property
    def markers(self) -> SessionMarkers:
        """The markers of the source."""
        return self._controls.markers

    @property
    def ended(self) -> bool:
        """True once the source has ended, while others go on."""
        return self._end is not None

    def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        """Paint the newest picture; see `View.show`."""
        self._at = self._now()
        self._shown = image, reading
        self._paint(meter)

    def idle(self, meter: MeterReading) -> None:
        """Repaint the last picture."""
        self._paint(meter)

    def end(self, failure: FervidError | None) -> None:
        """Show that the source has ended, while others go on.

        Args:
            failure: The error that ended it; None if there is none.
        """
        self._end = ("ended", plates.WHITE) if failure is None else (failure.problem, RED)
        self._paint(MeterReading())

    def act(self, key: str) -> None:
        """Perform the action of a key; an error is shown as a notice and ends nothing."""
        if key not in self._actions or self.ended:
            return
        try:
            self.note(self._actions[key]())
        except FervidError as error:
            self.note(error.problem)

    def note(self, notice: str) -> None:
        """Show a notice for a few seconds; an empty one shows none."""
        self._notice = notice
        self._noticed = self._now()

    def _paint(self, meter: MeterReading) -> None:
        if self._shown is not None:
            image, reading = self._shown
            painted = self._grid.fitted(image)
            self._painter.paint(painted, reading, frame=Canvas(image.shape[1], image.shape[0]))
            history = self._controls.live.history
            moments = [marker.time for marker in self._controls.markers.placed]
            paint_strips(painted, history.strips(SPAN_S), reading, history.gap, moments)
        elif (blank := self._grid.blank()) is not None:
            painted = blank
        else:
            return
        self._headup.paint(painted, meter, self._states())
        self._refresh(painted)

    def _states(self) -> list[Words]:
        """Return the states to show, from the right."""
        if self._end is not None:
            return [*self._hint, self._end]
        states: list[Words] = [*self._hint]
        if self._controls.recording:
            seconds = int(self._controls.recorded_seconds)
            states.append((f"REC {seconds // 60}:{seconds % 60:02d}", RED))
        elif (failure := self._controls.recording_failure) is not None:
            states.append((f"not recording: {failure.problem}", RED))
        if self._controls.live.paused:
            states.append(("paused", plates.WHITE))
        elif self._now() - self._at > _SILENT_S:
            states.append((f"no picture for {self._now() - self._at:.0f} s", RED))
        if self._notice and self._now() - self._noticed < _NOTICE_S:
            states.append((self._notice, plates.WHITE))
        return states

    def _pause(self) -> str:
        self._controls.toggle_pause()
        return ""

    def _record(self) -> str:
        paths = self._controls.toggle_recording()
        if self._controls.recording:
            return ""
        return f"wrote {paths[0].name}" if paths else "nothing was recorded"

    def _mark(self) -> str:
        return marker_notice(self._controls.mark(source="window"))

    def _save(self) -> str:
        path = self._controls.save_picture()
        return f"wrote {path.name}" if path else ""

    def _mirror(self) -> str:
        self._controls.toggle_mirror()
        return "mirrored" if self._controls.live.mirror else "mirroring off"

    def _smoother(self) -> str:
        self._controls.lengthen_smoothing()
        return self._smoothing()

    def _quicker(self) -> str:
        self._controls.shorten_smoothing()
        return self._smoothing()

    def _smoothing(self) -> str:
        seconds = self._controls.live.smoothing_time
        return "smoothing off" if seconds is None else f"smoothing {seconds:g} s"


def marker_notice(marker: Marker) -> str:
    """Return the notice that a marker was placed."""
    return marker.name if marker.files else f"{marker.name}, not recorded"
