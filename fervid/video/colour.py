"""From the pictures that are painted on to those that an encoder takes."""

from __future__ import annotations

from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.sources.base import Colour
from fervid.video.orientation import UNSPECIFIED

_LUMA: Final = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""The share of red and of blue in luma, by matrix coefficients (ITU-T H.273, table 4)."""

_BT709, _BT601 = 1, 6
_HD = 720


class ToYuv:
    """Turns BGR pictures into YUV with the matrix and the range of the source, so that colours come back as they were.

    Where a source names no matrix, the result names none either, and it is BT.709 from 720 rows on and BT.601 below, as
    players have it and as the picture was decoded. OpenCV computes it: it rounds where FFmpeg's fast conversion cuts
    off, which darkens a picture by one step, and takes no longer.

    Args:
        width: Of the result, in pixels.
        height: Of the result, in pixels.
        pixel_format: ``yuv420p`` (for even sizes) or ``yuv444p``.
        colour: How the source encodes colour.

    Attributes:
        tags: How the result is marked: as `colour`, silence written out as the code for it.
    """

    def __init__(self, width: int, height: int, pixel_format: str, colour: Colour) -> None:
        named = colour.matrix is not None and colour.matrix in _LUMA
        usual = _BT709 if min(width, height) >= _HD else _BT601
        matrix = colour.matrix if named and colour.matrix is not None else usual
        self.tags = Colour(
            colour.full_range,
            matrix if named else UNSPECIFIED,
            colour.primaries or UNSPECIFIED,
            colour.transfer or UNSPECIFIED,
        )
        self._size = (width, height)
        self._format = pixel_format
        self._weights = _weights(*_LUMA[matrix], full_range=colour.full_range)
        # OpenCV has this one case, the most common one for small pictures, ready made, in a third of the time.
        self._ready_made = pixel_format == "yuv420p" and not colour.full_range and _LUMA[matrix] == _LUMA[_BT601]

    def convert(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        """Convert one picture.

        Args:
            image: (height, width, 3) uint8, blue green red, contiguous; of another size only where the source changed
                its size on the way, which a result cannot: it is scaled.

        Returns:
            A frame of its own memory, without a timestamp.
        """
        if image.shape[1::-1] != self._size:
            image = np.asarray(cv2.resize(image, self._size), np.uint8)
        if self._format == "yuv444p":
            planes = np.stack(cv2.split(cv2.transform(image, self._weights)))
            return av.VideoFrame.from_ndarray(np.asarray(planes, np.uint8), format="yuv444p")
        planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420) if self._ready_made else self._subsampled(image)
        return av.VideoFrame.from_numpy_buffer(np.asarray(planes, np.uint8), format="yuv420p")

    def _subsampled(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(height * 3 / 2, width) uint8: luma, then both chroma planes at half the size, row after row."""
        width, height = self._size
        planes = np.empty((height * 3 // 2, width), np.uint8)
        cv2.extractChannel(cv2.transform(image, self._weights), 0, dst=planes[:height])
        half = cv2.transform(cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA), self._weights)
        for channel, plane in enumerate(planes[height:].reshape(2, height // 2, width // 2), start=1):
            cv2.extractChannel(half, channel, dst=plane)
        return planes


def _weights(red: float, blue: float, *, full_range: bool) -> NDArray[np.float32]:
    """(3, 4) float32: what blue, green, red and one add to luma and both chromas, each 0 to 255 (H.273, 8.3)."""
    luma = np.array([blue, 1 - red - blue, red])
    chroma_blue = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - blue))
    chroma_red = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - red))
    spans = (255, 255) if full_range else (219, 224)
    rows = np.stack([luma * spans[0], chroma_blue * spans[1], chroma_red * spans[1]]) / 255
    return np.column_stack([rows, [0 if full_range else 16, 128, 128]]).astype(np.float32)
