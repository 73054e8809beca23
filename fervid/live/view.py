"""The view of a live analysis, and the loop that feeds it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FrameReading
from fervid.live.analysis import LiveAnalysis
from fervid.live.meter import Meter, MeterReading
from fervid.run.board import Ended, watch_together

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


def play(
    shown: Sequence[tuple[LiveAnalysis, View]],
    until: Callable[[], bool] = lambda: False,
    on_end: Callable[[int, BaseException | None], None] = lambda _place, _error: None,
) -> None:
    """Show the newest pictures in a loop, in the calling thread, until all sources end or `until` returns True.

    Args:
        shown: Each analysis, started, with the view to show its pictures in.
        until: Called before each picture; returns True to leave the loop.
        on_end: Called with the place of an analysis that ends while others go on, and with its error, if any.

    Raises:
        BaseException: The first error of the source, the analysis, a recording, or the view: of the analysis that ends
            last, or of the only one.
    """
    meters = [Meter() for _ in shown]
    looked_at = dict.fromkeys(range(len(shown)), time.monotonic())
    for news in watch_together([live.results for live, _ in shown], _IDLE_S):
        for place in list(looked_at):
            if until():
                return
            (live, view), meter, item = shown[place], meters[place], news.get(place)
            if isinstance(item, Ended):
                del looked_at[place]
                if looked_at:
                    on_end(place, item.error)
                elif item.error is not None:
                    raise item.error
                continue
            if item is not None:
                view.show(item.frame.image, item.reading, meter.read(live.dropped))
                meter.add(item.arrived)
            elif time.monotonic() - looked_at[place] >= _IDLE_S:
                view.idle(meter.read(live.dropped))
            else:
                continue
            looked_at[place] = time.monotonic()
