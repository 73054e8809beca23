"""A window with the live picture, its readings, and keys to control it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.readings import FrameReading
from fervid.draw import plates
from fervid.errors import FervidError
from fervid.live.controls import Controls
from fervid.live.meter import MeterReading
from fervid.window.headup import RED, HeadUp, Words, paint_help
from fervid.window.pane import ESCAPE, Pane
from fervid.window.strip import SPAN_S, paint_strips

KEYS: Final = (
    ("q  Esc", "quit"),
    ("space", "pause or resume"),
    ("r", "start or stop recording"),
    ("m", "place a marker"),
    ("s", "save the picture"),
    ("f", "mirror"),
    ("+  -", "smooth more or less"),
    ("h", "show or hide the keys"),
)
"""Each key with its meaning."""

_NOTICE_S: Final = 3.0
_SILENT_S: Final = 2.0


class Window(Closing):
    """A desktop window that shows pictures: a `View` for `play`, which must run in the main thread.

    Args:
        controls: The controls of the live analysis, which the keys operate.
        runs: The names of detector and engine, for the line at the top.
        title: The title of the window.
        now: A monotonic clock in seconds.

    Raises:
        MissingPackageError: Raised by `show` if this build of OpenCV cannot open windows.
    """

    def __init__(
        self, controls: Controls, runs: Sequence[str], *, title: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._quitting = False
        self._controls = controls
        self._pane = Pane(title)
        self._now = now
        self._painter = controls.live.painter()
        self._headup = HeadUp(runs, now=now)
        self._shown: tuple[NDArray[np.uint8], FrameReading] | None = None
        self._at = now()
        self._helping = False
        self._notice = ""
        self._noticed = 0.0
        self._actions: dict[str, Callable[[], str]] = {
            "q": self._quit,
            ESCAPE: self._quit,
            " ": self._pause,
            "r": self._record,
            "s": self._save,
            "m": self._mark,
            "f": self._mirror,
            "h": self._help,
            "+": self._smoother,
            "=": self._smoother,  # where + needs a shift
            "-": self._quicker,
        }

    @property
    def closed(self) -> bool:
        """True once the user has asked to quit."""
        return self._quitting or self._pane.closed

    def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        """Paint and show the newest picture, and handle keys; see `View.show`."""
        self._at = self._now()
        self._paint(image, reading, meter)
        self._shown = image, reading

    def idle(self, meter: MeterReading) -> None:
        """Handle keys, and repaint the last picture."""
        if self._shown is not None:
            self._paint(*self._shown, meter)

    def close(self) -> None:
        """Close the window. May be called twice."""
        self._pane.close()

    def _paint(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        painted = np.array(image, order="C")
        self._painter.paint(painted, reading)
        history = self._controls.live.history
        moments = [marker.time for marker in self._controls.markers.placed]
        paint_strips(painted, history.strips(SPAN_S), reading, history.gap, moments)
        self._headup.paint(painted, meter, self._states())
        if self._helping:
            paint_help(painted, KEYS)
        for key in self._pane.show(painted):
            self._answer(key)

    def _states(self) -> list[Words]:
        """Return the states to show, from the right."""
        states: list[Words] = [("h: keys", plates.DIM)]
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

    def _answer(self, key: str) -> None:
        """Perform the action of a key; an error is shown as a notice and ends nothing."""
        if key not in self._actions:
            return
        try:
            self._notice = self._actions[key]()
        except FervidError as error:
            self._notice = error.problem
        self._noticed = self._now()

    def _quit(self) -> str:
        self._quitting = True
        return ""

    def _pause(self) -> str:
        self._controls.toggle_pause()
        return ""

    def _record(self) -> str:
        paths = self._controls.toggle_recording()
        if self._controls.recording:
            return ""
        return f"wrote {paths[0].name}" if paths else "nothing was recorded"

    def _mark(self) -> str:
        marker = self._controls.mark(source="window")
        return marker.name if marker.files else f"{marker.name}, not recorded"

    def _save(self) -> str:
        path = self._controls.save_picture()
        return f"wrote {path.name}" if path else ""

    def _mirror(self) -> str:
        self._controls.toggle_mirror()
        return "mirrored" if self._controls.live.mirror else "mirroring off"

    def _help(self) -> str:
        self._helping = not self._helping
        return ""

    def _smoother(self) -> str:
        self._controls.lengthen_smoothing()
        return self._smoothing()

    def _quicker(self) -> str:
        self._controls.shorten_smoothing()
        return self._smoothing()

    def _smoothing(self) -> str:
        seconds = self._controls.live.smoothing_time
        return "smoothing off" if seconds is None else f"smoothing {seconds:g} s"
