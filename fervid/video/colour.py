"""How video encodes colour (ITU-T H.273), as far as sources and formats must agree on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNSPECIFIED: Final = 2
"""The code that ITU-T H.273 gives to matrix, primaries and transfer that are not specified."""

BT709: Final = 1
BT601: Final = 6

LUMA: Final = {
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""The share of red and of blue in luma, by matrix coefficients (ITU-T H.273, table 4).

These are the matrices that swscale converts by itself; it refuses most others.
"""

_HD_LINES: Final = 720


@dataclass(frozen=True, slots=True)
class Colour:
    """How to interpret a video's luma and chroma, as codes of ITU-T H.273; None where the file does not say.

    Attributes:
        full_range: True for 0 to 255 (JPEG), False for 16 to 235 (television).
        matrix: Matrix coefficients (1 is BT.709, 6 is BT.601).
        primaries: Colour primaries.
        transfer: Transfer characteristics.
    """

    full_range: bool = False
    matrix: int | None = None
    primaries: int | None = None
    transfer: int | None = None


def usual_matrix(width: int, height: int) -> int:
    """Return the matrix that players assume where a file names none: BT.709 from 720 lines on, else BT.601.

    Args:
        width: In pixels.
        height: In pixels. The smaller side counts as the number of lines, so that a video on its side gets the same.
    """
    return BT709 if min(width, height) >= _HD_LINES else BT601
