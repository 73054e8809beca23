"""The number that counts down on a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fervid.draw import plates

_SHARE = 0.4
"""Of the picture's height that the number takes."""


def paint_number(image: NDArray[np.uint8], number: int) -> None:
    """Paint `number` large into the middle of the picture, where it is large enough for that.

    Args:
        image: (height, width, 3) uint8, blue green red; it is painted on.
        number: What to paint.
    """
    height, width = image.shape[:2]
    plate = plates.words(str(number), max(1, round(height * _SHARE)))
    high, wide = plate.height, plate.width
    side = round(high * 1.1)
    if side > min(height, width):
        return
    plates.background(side, side, side // 2).blend(image, (width - side) // 2, (height - side) // 2)
    plate.blend(image, (width - wide) // 2, (height - high) // 2)
