"""Showing what is read while it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FrameReading
from fervid.live.analysis import Live
from fervid.live.meter import Meter, MeterReading

_IDLE_S: Final = 0.1


class View(Protocol):
    """Something that shows pictures, such as a window. What it draws, it draws on a copy."""

    def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        """Show the newest picture; latency counts to the return of this.

        Args:
            image: (height, width, 3) uint8, blue green red, nothing painted on it; its size may change.
            reading: What was read in it.
            meter: How it goes.
        """
        ...

    def idle(self, meter: MeterReading) -> None:
        """Called several times a second while no new picture comes, to answer keys and the like."""
        ...


def play(live: Live, view: View, until: Callable[[], bool] = lambda: False) -> None:
    """Show the newest picture, again and again, until the source ends or somebody stops it; in the calling thread.

    Args:
        live: Started.
        view: Where to show.
        until: Asked before each picture whether to leave.

    Raises:
        BaseException: The first error of the source, the analysis, a recording, or the view.
    """
    meter = Meter()
    for result in live.results.watch(_IDLE_S):
        if until():
            return
        if result is None:
            view.idle(meter.read(live.dropped))
        else:
            view.show(result.frame.image, result.reading, meter.read(live.dropped))
            meter.shown(result.arrived)
