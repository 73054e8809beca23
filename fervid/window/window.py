"""A window with the live picture, its readings, and keys to control it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.closing import Closing
from fervid.draw import plates
from fervid.draw.painter import Painter
from fervid.errors import FervidError, MissingPackageError
from fervid.live.controls import Controls
from fervid.live.meter import MeterReading
from fervid.readings import FrameReading
from fervid.window.headup import RED, HeadUp, Words, paint_help
from fervid.window.strip import paint_strips

KEYS: Final = (
    ("q  Esc", "quit"),
    ("space", "pause, go on"),
    ("r", "record, stop recording"),
    ("s", "save a picture"),
    ("m", "mirror"),
    ("+  -", "smooth more, less"),
    ("h", "this help"),
)
"""The keys, and what each does."""

_ESCAPE: Final = 27
_NOTICE_S: Final = 3.0
_SILENT_S: Final = 1.0
_LARGEST: Final = (1280, 960)


class Window(Closing):
    """Shows pictures in a window of the desktop; a `View` for `play`, which must run in the main thread.

    Args:
        controls: What the keys control.
        runs: The names of what runs, for the line at the top: detector, engine.
        title: Of the window.
        now: A monotonic clock in seconds.

    Attributes:
        closed: Whether the user wants to leave.

    Raises:
        MissingPackageError: Raised by `show` where this build of OpenCV has no windows.
    """

    def __init__(
        self, controls: Controls, runs: Sequence[str], *, title: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.closed = False
        self._controls = controls
        self._title = title
        self._now = now
        self._painter = Painter()
        self._headup = HeadUp(runs, now=now)
        self._shown: tuple[NDArray[np.uint8], FrameReading] | None = None
        self._at = now()
        self._open = False
        self._helping = False
        self._notice = ""
        self._noticed = 0.0
        self._recording_since = 0.0
        self._actions: dict[int, Callable[[], str]] = {
            ord("q"): self._quit,
            _ESCAPE: self._quit,
            ord(" "): self._pause,
            ord("r"): self._record,
            ord("s"): self._save,
            ord("m"): self._mirror,
            ord("h"): self._help,
            ord("+"): self._smoother,
            ord("="): self._smoother,  # where + needs a shift
            ord("-"): self._quicker,
        }

    def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        """Paint and show the newest picture, and answer keys; see `View.show`."""
        if not self._open:
            self._begin(image.shape[1], image.shape[0])
        self._at = self._now()
        self._paint(image, reading, meter)
        self._shown = image, reading

    def idle(self, meter: MeterReading) -> None:
        """Answer keys, and show what changed by them on the last picture."""
        if self._shown is not None:
            self._paint(*self._shown, meter)

    def close(self) -> None:
        """Close the window. May be called twice."""
        if self._open:
            self._open = False
            cv2.destroyAllWindows()
            cv2.pollKey()

    def _begin(self, width: int, height: int) -> None:
        scale = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
        try:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(self._title, round(width * scale), round(height * scale))
        except cv2.error as error:
            raise MissingPackageError("this build of OpenCV cannot open windows", "use --serve instead") from error
        self._open = True

    def _paint(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        painted = np.array(image, order="C")
        self._painter.paint(painted, reading)
        paint_strips(painted, self._controls.live.history.strips(), reading)
        self._headup.paint(painted, meter, self._states())
        if self._helping:
            paint_help(painted, KEYS)
        cv2.imshow(self._title, painted)
        self._answer()

    def _states(self) -> list[Words]:
        """What is going on, from the right."""
        states: list[Words] = [("h: help", plates.DIM)]
        if self._controls.recording:
            seconds = int(self._now() - self._recording_since)
            states.append((f"REC {seconds // 60}:{seconds % 60:02d}", RED))
        if self._controls.live.paused:
            states.append(("paused", plates.WHITE))
        elif self._now() - self._at > _SILENT_S:
            states.append((f"no picture for {self._now() - self._at:.0f} s", RED))
        if self._notice and self._now() - self._noticed < _NOTICE_S:
            states.append((self._notice, plates.WHITE))
        return states

    def _answer(self) -> None:
        """Do what the keys say; a key that fails says so and ends nothing."""
        while (key := cv2.pollKey()) != -1:
            action = self._actions.get(key & 0xFF)
            if action is None:
                continue
            try:
                self._notice = action()
            except FervidError as error:
                self._notice = error.problem
            self._noticed = self._now()
        if cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1:
            self.closed = True

    def _quit(self) -> str:
        self.closed = True
        return ""

    def _pause(self) -> str:
        self._controls.toggle_pause()
        return ""

    def _record(self) -> str:
        paths = self._controls.toggle_recording()
        if self._controls.recording:
            self._recording_since = self._now()
            return ""
        return f"wrote {paths[0].name}" if paths else "nothing was recorded"

    def _save(self) -> str:
        path = self._controls.save_picture()
        return f"wrote {path.name}" if path else ""

    def _mirror(self) -> str:
        self._controls.toggle_mirror()
        return "mirrored" if self._controls.live.mirror else "not mirrored"

    def _help(self) -> str:
        self._helping = not self._helping
        return ""

    def _smoother(self) -> str:
        self._controls.smoother()
        return self._smoothing()

    def _quicker(self) -> str:
        self._controls.quicker()
        return self._smoothing()

    def _smoothing(self) -> str:
        seconds = self._controls.live.smoothing_time
        return "no smoothing" if seconds is None else f"smoothing {seconds:g} s"
