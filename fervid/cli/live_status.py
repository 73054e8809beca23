"""How a live reading goes, in one line: rewritten every second on a terminal, now and then in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.live import Live as Rewritten
from rich.text import Text

from fervid.core.readings import FrameReading
from fervid.core.timecodes import clock
from fervid.live.meter import MeterReading

_TERMINAL_S: Final = 1.0
_LOG_S: Final = 10.0


class StatusView:
    """Says every few seconds how it goes; a `View` for those who need no picture.

    Args:
        say: Where a line goes.
        every: Seconds from line to line.
        now: A monotonic clock in seconds.
    """

    def __init__(self, say: Callable[[str], None], every: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._every = every
        self._now = now
        self._said = now()
        self._seen = now()

    def show(self, _image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        """Say it, when it is time."""
        self._seen = self._now()
        if self._due():
            self._say(line(reading, meter))

    def idle(self, _meter: MeterReading) -> None:
        """Say for how long nothing came, when it is time."""
        if self._due():
            self._say(f"no picture for {self._now() - self._seen:.0f} s")

    def _due(self) -> bool:
        due = self._now() - self._said >= self._every
        if due:
            self._said = self._now()
        return due


def line(reading: FrameReading, meter: MeterReading) -> str:
    """Time, speed, delay, what was dropped, and every face's emotion."""
    latency, worst = meter.latency * 1000, meter.latency_p99 * 1000
    faces = ", ".join(f"{face.face_id} {face.emotion} {face.confidence:.0%}" for face in reading.faces)
    return (
        f"{clock(reading.time)[:-4]}  {meter.rate:.1f} frames/s, latency {latency:.0f} ms (99 %: {worst:.0f}), "
        f"{meter.dropped} dropped  {faces or 'no face'}"
    )


@contextmanager
def status(console: Console, *, quiet: bool) -> Iterator[StatusView]:
    """A `StatusView` that fits what the messages go to.

    Args:
        console: Where they go.
        quiet: Say nothing.
    """
    if quiet:
        yield StatusView(lambda _: None, _LOG_S)
    elif console.is_terminal:
        with Rewritten(console=console, auto_refresh=False, transient=True) as shown:
            yield StatusView(lambda text: shown.update(Text(text, no_wrap=True), refresh=True), _TERMINAL_S)
    else:
        yield StatusView(lambda text: console.print(text, markup=False), _LOG_S)
