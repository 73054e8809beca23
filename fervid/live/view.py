"""The view of a live analysis, and the loop that feeds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FrameReading
from fervid.live.analysis import LiveAnalysis
from fervid.live.meter import Meter, MeterReading

_IDLE_S: Final = 0.1


class View(Protocol):
    """A display of pictures, such as a window. It draws on copies, never on the images themselves."""

    def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        """Show the newest picture. Its latency counts until this returns.

        Args:
            image: (height, width, 3) uint8, blue green red, without boxes and labels. Its size may change.
            reading: The reading of the frame.
            meter: The rate and the latency of the pictures before.
        """
        ...

    def idle(self, meter: MeterReading) -> None:
        """Handle keys and the like. Called several times a second while no new picture arrives.

        Args:
            meter: The rate and the latency of the pictures before.
        """
        ...


def play(live: LiveAnalysis, view: View, until: Callable[[], bool] = lambda: False) -> None:
    """Show the newest picture in a loop, in the calling thread, until the source ends or `until` returns True.

    Args:
        live: The analysis, started.
        view: The view to show pictures in.
        until: Called before each picture; returns True to leave the loop.

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
            meter.add(result.arrived)
