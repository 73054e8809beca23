"""The pictures of an annotated video: frames in YUV, with their readings painted on them."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.frame_pixels import Pixels
from fervid.core.readings import Frame, FrameReading
from fervid.draw.layout import Rect
from fervid.draw.painter import Painter, Painting
from fervid.video.conversion import ToYuv, planes_of
from fervid.video.decoded_pixels import DecodedPixels


class YuvPictures:
    """A painter of pictures to encode.

    Where the decoder gave what the encoder takes, only the parts with plates and blurred heads are converted. Lines are
    painted in YUV, and all other pixels keep the values of the source.

    Args:
        painter: Paints the readings; None to paint nothing.
        to_yuv: Converts to the pixel format of the encoder.
        canvas: The size of the pictures and the shape of their pixels.
    """

    def __init__(self, painter: Painter | None, to_yuv: ToYuv, canvas: Canvas) -> None:
        self._painter = painter
        self._to_yuv = to_yuv
        self._canvas = canvas
        # The next frame reuses it, because to allocate and clear so much memory takes longer than to copy a frame.
        self._painted = np.empty((canvas.height, canvas.width, 3), np.uint8)

    def make(self, frame: Frame, reading: FrameReading) -> av.VideoFrame:
        """Return the picture of a frame, without a timestamp. It shares no memory with the frame.

        Args:
            frame: The next frame, of the size of the canvas.
            reading: The reading of that frame, in its pixels.
        """
        painting = None if self._painter is None else self._painter.plan(self._canvas, reading)
        pixels = frame.pixels
        picture = pixels.copied(self._to_yuv) if isinstance(pixels, DecodedPixels) else None
        if picture is None:
            return self._to_yuv.convert(frame.image if painting is None else self._paint(frame.image, painting))
        if painting is not None:
            self._paint_parts(picture, pixels, painting)
        return picture

    def _paint(self, image: NDArray[np.uint8], painting: Painting) -> NDArray[np.uint8]:
        np.copyto(self._painted, image)
        painting.paint(self._painted)
        return self._painted

    def _paint_parts(self, picture: av.VideoFrame, pixels: Pixels, painting: Painting) -> None:
        planes = planes_of(picture)
        for line in painting.lines:
            self._to_yuv.cover(planes, line.ink, line.rect.x, line.rect.y, line.rect.right, line.rect.bottom)
        areas = [self._with_whole_chroma(area) for area in painting.areas()]
        for area in areas:
            part = pixels.within(area.x, area.y, area.right, area.bottom)
            self._painted[area.y : area.bottom, area.x : area.right] = part.image
        painting.paint(self._painted)
        for area in areas:
            part_of_image = self._painted[area.y : area.bottom, area.x : area.right]
            self._to_yuv.fill(planes, part_of_image, area.x, area.y)

    def _with_whole_chroma(self, area: Rect) -> Rect:
        """Return an area that begins and ends at even places, so that no sample of chroma lies outside it in part."""
        x, y = area.x // 2 * 2, area.y // 2 * 2
        right, bottom = area.right + area.right % 2, area.bottom + area.bottom % 2
        return Rect(x, y, min(right, self._canvas.width) - x, min(bottom, self._canvas.height) - y)
