"""The number of a countdown, painted on a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fervid.draw import plates

_SHARE = 0.4
"""The height of the number as a fraction of the picture's height."""


def paint_number(image: NDArray[np.uint8], number: int) -> None:
    """Paint `number` large in the middle of the picture, unless the picture is too small.

    Args:
        image: (height, width, 3) uint8, BGR; it is painted on.
        number: The number.
    """
    height, width = image.shape[:2]
    plate = plates.words(str(number), max(1, round(height * _SHARE)))
    high, wide = plate.height, plate.width
    side = round(high * 1.1)
    if side > min(height, width):
        return
    plates.background(side, side, side // 2).blend(image, (width - side) // 2, (height - side) // 2)
    plate.blend(image, (width - wide) // 2, (height - high) // 2)
