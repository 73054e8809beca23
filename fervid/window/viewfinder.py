"""The window of a countdown to a photo."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.live.snapshot import Press
from fervid.window.countdown import paint_number
from fervid.window.pane import ESCAPE, Pane

_REVIEW_S: Final = 5.0
"""The seconds that the photo stays in the window unless a key is pressed."""

_PATIENCE_S: Final = 0.05


class WindowViewfinder(Closing):
    """A window with the picture and the seconds left; space takes the photo at once, Escape and ``q`` cancel.

    Use it in the main thread alone, and call `missing_display` first.
    """

    def __init__(self) -> None:
        self._pane = Pane("fervid: snapshot")

    def count(self, image: NDArray[np.uint8], left: int) -> Press:
        """Show the newest picture; see `Viewfinder.count`."""
        paint_number(image, left)
        keys = self._pane.show(image)
        if " " in keys:
            return Press.TAKE
        return Press.LEAVE if self._pane.closed or ESCAPE in keys or "q" in keys else Press.WAIT

    def review(self, image: NDArray[np.uint8], until: Callable[[], bool] = lambda: False) -> None:
        """Show the photo for a while, or until a key is pressed or the window is closed.

        Args:
            image: (height, width, 3) uint8, BGR.
            until: Called repeatedly; the window closes when it returns True.
        """
        begin = time.monotonic()
        while time.monotonic() - begin < _REVIEW_S and not (self._pane.closed or until() or self._pane.show(image)):
            time.sleep(_PATIENCE_S)

    def close(self) -> None:
        """Close the window. May be called twice."""
        self._pane.close()
