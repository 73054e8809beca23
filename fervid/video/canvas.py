"""One size for all frames of a source, as an annotated video needs it."""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.timecodes import clock

_log = logging.getLogger(__name__)


class Canvas:
    """Fits pictures into one size, their proportions kept, on black; warns at the first that needs it.

    Args:
        path: The source, for the warning.
        width: In pixels.
        height: In pixels.
    """

    def __init__(self, path: Path, width: int, height: int) -> None:
        self._path = path
        self._width = width
        self._height = height
        self._warned = False

    def take(self, image: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
        """The (height, width, 3) uint8 picture of that size; the same array where it has it.

        Args:
            image: Of any size, (rows, columns, 3) uint8.
            time: In seconds, for the warning.
        """
        rows, columns = image.shape[:2]
        if (columns, rows) == (self._width, self._height):
            return image
        if not self._warned:
            self._warned = True
            _log.warning(
                "'%s' changes from %dx%d to %dx%d at %s; all its frames are fitted into the first size",
                self._path,
                self._width,
                self._height,
                columns,
                rows,
                clock(time),
            )
        return self._fit(image, columns, rows)

    def _fit(self, image: NDArray[np.uint8], columns: int, rows: int) -> NDArray[np.uint8]:
        factor = min(self._width / columns, self._height / rows)
        width, height = max(1, round(columns * factor)), max(1, round(rows * factor))
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
        canvas = np.zeros((self._height, self._width, 3), np.uint8)
        x, y = (self._width - width) // 2, (self._height - height) // 2
        canvas[y : y + height, x : x + width] = cv2.resize(image, (width, height), interpolation=method)
        return canvas
