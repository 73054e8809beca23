"""A window with the live pictures, their readings, and keys to control them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.errors import FervidError
from fervid.live.controls import Controls
from fervid.live.group_markers import mark_together
from fervid.window.cell import MARK, Cell, marker_notice
from fervid.window.grid import Grid
from fervid.window.headup import paint_help
from fervid.window.pane import ESCAPE, Pane

KEYS: Final = (
    ("q  Esc", "quit"),
    ("space", "pause or resume"),
    ("r", "start or stop recording"),
    (MARK, "place a marker"),
    ("s", "save the picture"),
    ("f", "mirror"),
    ("+  -", "smooth more or less"),
    ("h", "show or hide the keys"),
)
"""Each key with its meaning."""

KEYS_OF_SEVERAL: Final = (*KEYS, ("1 to 9", "choose a source for these keys"), ("0", "choose all sources"))
"""The same, where the window shows several sources."""


class Window(Closing):
    """A desktop window that shows the pictures of one or several sources, and operates them by keys.

    Of several sources, each has a place in a grid. Keys operate all of them, or the one that was chosen by its number.
    Run it in the main thread.

    Args:
        controls: The controls of each source.
        runs: The names of detector and engine, for the line at the top.
        title: The title of the window.
        now: A monotonic clock in seconds.

    Attributes:
        views: A `View` for each source.

    Raises:
        MissingPackageError: Raised by the views if this build of OpenCV cannot open windows.
    """

    def __init__(
        self,
        controls: Sequence[Controls],
        runs: Sequence[str],
        *,
        title: str,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quitting = False
        self._pane = Pane(title)
        self._grid = Grid(len(controls))
        self._helping = False
        self._chosen: int | None = None
        is_single = len(controls) == 1
        self._keys = KEYS if is_single else KEYS_OF_SEVERAL
        self.views = [
            Cell(
                each,
                runs,
                "" if is_single else f"{place + 1}  {each.live.source.name}",
                "h: keys" if place == 0 else "",
                self._grid,
                partial(self._refresh, place),
                now=now,
            )
            for place, each in enumerate(controls)
        ]

    @property
    def closed(self) -> bool:
        """True once the user has asked to quit."""
        return self._quitting or self._pane.closed

    def close(self) -> None:
        """Close the window. May be called twice."""
        self._pane.close()

    def _refresh(self, place: int, painted: NDArray[np.uint8]) -> None:
        """Show a picture in its place, and handle keys."""
        self._grid.put(place, painted, is_framed=place == self._chosen)
        image = self._grid.image
        if self._helping:
            image = image.copy()
            paint_help(image, self._keys)
        for key in self._pane.show(image):
            self._answer(key)

    def _answer(self, key: str) -> None:
        """Perform the action of a key."""
        if key in ("q", ESCAPE):
            self._quitting = True
        elif key == "h":
            self._helping = not self._helping
        elif key.isdigit() and len(self.views) > 1:
            number = int(key)
            self._chosen = number - 1 if 1 <= number <= len(self.views) else None
        else:
            self._operate(key)

    def _mark(self, views: Sequence[Cell]) -> None:
        """Place one marker in several sources; an error is shown as a notice and ends nothing."""
        try:
            markers = mark_together([view.markers for view in views], source="window")
        except FervidError as error:
            for view in views:
                view.note(error.problem)
            return
        for view, marker in zip(views, markers, strict=True):
            view.note("no picture to mark yet" if marker is None else marker_notice(marker))

    def _operate(self, key: str) -> None:
        """Perform the action of a key on the sources that it concerns.

        If it is a switch that some of them have on, it is switched off; otherwise it is switched on for all. So they
        are alike afterwards.
        """
        chosen = self.views if self._chosen is None else [self.views[self._chosen]]
        running = [view for view in chosen if not view.ended]
        if key == MARK and len(running) > 1:
            self._mark(running)
            return
        on = [view for view in running if key in view.switches and view.switches[key]()]
        for view in on or running:
            view.act(key)
