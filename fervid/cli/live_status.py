"""The status line of a live analysis: rewritten every second on a terminal, a new line every ten seconds in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.live import Live as RewrittenLine
from rich.text import Text

from fervid.core.readings import FrameReading
from fervid.core.timecodes import clock
from fervid.live.meter import MeterReading

_TERMINAL_S: Final = 1.0
_LOG_S: Final = 10.0


class StatusView:
    """A `View` that prints a status line every few seconds instead of showing pictures.

    Args:
        write: Writes a line.
        interval: The time between two lines, in seconds.
        now: A monotonic clock in seconds.
    """

    def __init__(
        self, write: Callable[[str], None], interval: float, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._interval = interval
        self._now = now
        self._last_line = now()
        self._last_picture = now()

    def show(self, _image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        """Write the status line, if it is due."""
        self._last_picture = self._now()
        if self._is_due():
            self._write(status_line(reading, meter))

    def idle(self, _meter: MeterReading) -> None:
        """Write the time since the last picture, if a line is due."""
        if self._is_due():
            self._write(f"no picture for {self._now() - self._last_picture:.0f} s")

    def _is_due(self) -> bool:
        due = self._now() - self._last_line >= self._interval
        if due:
            self._last_line = self._now()
        return due


def status_line(reading: FrameReading, meter: MeterReading) -> str:
    """Return a line with time, frame rate, latency, dropped frames, and the emotion of every face."""
    latency, worst = meter.latency * 1000, meter.latency_p99 * 1000
    faces = ", ".join(f"{face.face_id} {face.emotion} {face.confidence:.0%}" for face in reading.faces)
    return (
        f"{clock(reading.time)[:-4]}  {meter.rate:.1f} frames/s, latency {latency:.0f} ms (99 %: {worst:.0f}), "
        f"{meter.dropped} dropped  {faces or 'no face'}"
    )


@contextmanager
def status_views(console: Console, names: Sequence[str], *, quiet: bool) -> Iterator[list[StatusView]]:
    """Open a `StatusView` for each source, which suit a terminal or a log.

    Args:
        console: The console of all messages.
        names: The names of the sources. Where there are several, each line begins with one.
        quiet: True to write no lines.

    Yields:
        The views.
    """
    lines = dict.fromkeys(range(len(names)), "")

    def writer(place: int, write: Callable[[int, str], None]) -> Callable[[str], None]:
        return lambda text: write(place, text if len(names) == 1 else f"{names[place]}: {text}")

    if quiet:
        yield [StatusView(lambda _: None, _LOG_S) for _ in names]
    elif console.is_terminal:
        with RewrittenLine(console=console, auto_refresh=False, transient=True) as block:

            def rewrite(place: int, text: str) -> None:
                lines[place] = text
                shown = "\n".join(line for line in lines.values() if line)
                block.update(Text(shown, no_wrap=True), refresh=True)

            yield [StatusView(writer(place, rewrite), _TERMINAL_S) for place in lines]
    else:
        yield [StatusView(writer(place, lambda _, text: console.print(text)), _LOG_S) for place in lines]
