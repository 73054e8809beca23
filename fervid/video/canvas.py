"""One size for all frames of a source, which an annotated video needs."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.timecodes import clock

_log = logging.getLogger(__name__)


class Canvas:
    """A fixed frame size, to which frames of other sizes are scaled; a warning reports the first of them.

    Proportions are kept, and the rest is black.

    Args:
        path: The source, for the warning.
        width: The width of every frame, in pixels.
        height: The height of every frame, in pixels.
    """

    def __init__(self, path: Path, width: int, height: int) -> None:
        self._path = path
        self._width = width
        self._height = height
        self._warned = False

    def fit(self, image: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
        """Return the frame at the fixed size, (height, width, 3) uint8; the same array where it has that size.

        Args:
            image: (rows, columns, 3) uint8, of any size.
            time: The time of the frame in seconds, for the warning.
        """
        rows, columns = image.shape[:2]
        if (columns, rows) == (self._width, self._height):
            return image
        if not self._warned:
            self._warned = True
            _log.warning(
                "'%s' changes from %dx%d to %dx%d at %s; all frames are scaled to the first size",
                self._path,
                self._width,
                self._height,
                columns,
                rows,
                clock(time),
            )
        return self._scaled(image, columns, rows)

    def _scaled(self, image: NDArray[np.uint8], columns: int, rows: int) -> NDArray[np.uint8]:
        factor = min(self._width / columns, self._height / rows)
        width, height = max(1, round(columns * factor)), max(1, round(rows * factor))
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        canvas = np.zeros((self._height, self._width, 3), np.uint8)
        x, y = (self._width - width) // 2, (self._height - height) // 2
        canvas[y : y + height, x : x + width] = cv2.resize(image, (width, height), interpolation=method)
        return canvas
