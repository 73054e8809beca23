"""The pictures of one or several sources in one picture."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas

SIZE: Final = (1280, 720)
"""The largest width and height of several pictures together, in pixels."""

_SHAPE: Final = (16, 9)
"""Width and height of the place of a picture, in proportion."""

_FRAME: Final = 3
"""The width of the frame around the picture that is chosen, in pixels."""

_WHITE: Final = 255


class Grid:
    """A picture with a place for each source. A single source fills all of it, in the size of its own picture.

    Args:
        count: The number of sources.
    """

    def __init__(self, count: int) -> None:
        self._columns = min(range(1, count + 1), key=lambda columns: (-_width(columns, count), -columns))
        rows = math.ceil(count / self._columns)
        width = _width(self._columns, count)
        self._place: tuple[int, int] | None = None if count == 1 else (width, width * _SHAPE[1] // _SHAPE[0])
        columns = self._columns if self._place else 0
        height = self._place[1] if self._place else 0
        self.image = np.zeros((rows * height, columns * width, 3), np.uint8)

    def fitted(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a copy of a picture as large as its place permits, in its proportions, to paint on."""
        if self._place is None:
            return np.array(image, order="C")
        place = Canvas(*self._place).place(Canvas(image.shape[1], image.shape[0]))
        size = max(1, round(image.shape[1] * place.scale_x)), max(1, round(image.shape[0] * place.scale_y))
        kind = cv2.INTER_AREA if place.scale_x < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(image, size, interpolation=kind), np.uint8)

    def blank(self) -> NDArray[np.uint8] | None:
        """Return a black picture for a source that has sent none yet; None for a single source."""
        return None if self._place is None else np.zeros((self._place[1], self._place[0], 3), np.uint8)

    def put(self, number: int, image: NDArray[np.uint8], *, is_framed: bool = False) -> None:
        """Put a picture in its place.

        Args:
            number: The number of the source, from 0.
            image: A picture, as `fitted` returned it.
            is_framed: Frame its place.
        """
        if self._place is None:
            self.image = image
            return
        width, height = self._place
        row, column = divmod(number, self._columns)
        place = self.image[row * height : (row + 1) * height, column * width : (column + 1) * width]
        place[:] = 0
        high, wide = image.shape[:2]
        top, left = (height - high) // 2, (width - wide) // 2
        place[top : top + high, left : left + wide] = image
        if is_framed:
            for edge in (place[:_FRAME], place[-_FRAME:], place[:, :_FRAME], place[:, -_FRAME:]):
                edge[:] = _WHITE


def _width(columns: int, count: int) -> int:
    """Return the width of each place in a grid of so many columns, in pixels."""
    rows = math.ceil(count / columns)
    return min(SIZE[0] // columns, SIZE[1] // rows * _SHAPE[0] // _SHAPE[1])
