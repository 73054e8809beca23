"""The encoding of colour in video, in the codes of ITU-T H.273."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

UNSPECIFIED: Final = 2
"""The code for matrix coefficients, primaries or transfer characteristics that are not specified."""

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
"""The weights of red and blue in luma, by matrix coefficients (ITU-T H.273, table 4).

These are the matrices that FFmpeg's swscale can convert; it refuses most others.
"""

_HD_LINES: Final = 720


@dataclass(frozen=True, slots=True)
class Colour:
    """The colour encoding of a video, as codes of ITU-T H.273; None where the file specifies none.

    Attributes:
        full_range: True for 0 to 255 (JPEG), False for 16 to 235 (television).
        matrix: The matrix coefficients (1 is BT.709, 6 is BT.601).
        primaries: The colour primaries.
        transfer: The transfer characteristics.
    """

    full_range: bool = False
    matrix: int | None = None
    primaries: int | None = None
    transfer: int | None = None

    def luma(self, width: int, height: int) -> tuple[float, float]:
        """Return the weights of red and blue in luma: those of `usual_matrix` where none are specified.

        Args:
            width: The width of the video in pixels.
            height: The height of the video in pixels.
        """
        return LUMA.get(UNSPECIFIED if self.matrix is None else self.matrix, LUMA[usual_matrix(width, height)])


def usual_matrix(width: int, height: int) -> int:
    """Return the matrix that players assume where a file specifies none: BT.709 from 720 lines up, else BT.601.

    The smaller side counts as the number of lines, so that turning a video on its side changes nothing.

    Args:
        width: The width in pixels.
        height: The height in pixels.
    """
    return BT709 if min(width, height) >= _HD_LINES else BT601
