"""The head-up line at the top of the window, and the help."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.draw import plates, text
from fervid.draw.layout import Style
from fervid.live.meter import MeterReading

RED: Final = (82, 82, 255)
_HELP_OPACITY: Final = 0.94
"""The opacity of the help's background, which mostly lies on a face with its label and bars."""

_EVERY_S: Final = 0.5
"""The seconds between two updates: figures that change with every picture cannot be read."""

Words = tuple[str, plates.Bgr]


class HeadUp:
    """A line with frame rate, latency, dropped frames, detector and engine.

    Args:
        runs: The names of detector and engine.
        title: The name at the left, which tells the source from others; empty for none.
        now: A monotonic clock in seconds.
    """

    def __init__(self, runs: Sequence[str], title: str = "", *, now: Callable[[], float] = time.monotonic) -> None:
        self._runs = runs
        self._title: list[Words] = [(title, plates.WHITE)] if title else []
        self._now = now
        self._updated = -_EVERY_S
        self._figures: list[Words] = []

    def paint(self, image: NDArray[np.uint8], meter: MeterReading, states: Sequence[Words]) -> None:
        """Paint the line, leaving out what does not fit.

        Args:
            image: (height, width, 3) uint8, BGR; it is painted on.
            meter: Frame rate, latency and dropped frames.
            states: States such as a recording; they stand at the right and take precedence.
        """
        if self._now() - self._updated >= _EVERY_S:
            self._updated = self._now()
            self._figures = [
                (f"{meter.rate:.0f} frames/s", plates.WHITE),
                (f"{meter.latency * 1000:.0f} ms latency", plates.WHITE),
                (f"{meter.dropped} dropped", plates.WHITE if meter.dropped == 0 else plates.bgr("happy")),
            ]
        style = Style(width=image.shape[1], height=image.shape[0])
        height, space = style.label_height, 2 * style.gap
        if height > style.height // 2:
            return
        plates.background(style.width, height).blend(image, 0, 0)
        right = style.width
        for words in states:
            right -= text.width(words[0], style.text) + space
            if right >= 0:
                _paint(image, style, words, right + space // 2)
        x = space // 2
        for words in [*self._title, *self._figures, *((name, plates.DIM) for name in self._runs)]:
            width = text.width(words[0], style.text)
            if x + width + space > right:
                return
            _paint(image, style, words, x)
            x += width + space


def _paint(image: NDArray[np.uint8], style: Style, words: Words, x: int) -> None:
    plate = plates.words(words[0], style.text, words[1])
    plate.blend(image, x, (style.label_height - plate.height) // 2)


def paint_help(image: NDArray[np.uint8], keys: Sequence[tuple[str, str]]) -> None:
    """Paint a table of keys in the middle of the picture, unless the picture is too small.

    Args:
        image: (height, width, 3) uint8, BGR; it is painted on.
        keys: Each key with its meaning.
    """
    style = Style(width=image.shape[1], height=image.shape[0])
    first = max(text.width(key, style.text) for key, _ in keys) + 3 * style.gap
    width = first + max(text.width(does, style.text) for _, does in keys) + 6 * style.gap
    row = text.height(style.text) + style.gap
    height = row * len(keys) + 6 * style.gap
    x, y = (style.width - width) // 2, (style.height - height) // 2
    if x < 0 or y < 0:
        return
    plates.background(width, height, 2 * style.gap, _HELP_OPACITY).blend(image, x, y)
    for place, (key, does) in enumerate(keys):
        at = y + 3 * style.gap + place * row
        plates.words(key, style.text, plates.WHITE).blend(image, x + 3 * style.gap, at)
        plates.words(does, style.text, plates.DIM).blend(image, x + 3 * style.gap + first, at)
