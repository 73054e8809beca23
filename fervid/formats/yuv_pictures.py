"""The pictures of an annotated video: frames in YUV, with their readings painted on them."""

from __future__ import annotations

import av
import numpy as np

from fervid.core.canvas import Canvas
from fervid.core.frame_pixels import Pixels
from fervid.core.readings import Frame, FrameReading
from fervid.draw.brushes import PlanesBrush
from fervid.draw.layout import Rect
from fervid.draw.painter import Painter, Painting
from fervid.video.conversion import Planes, ToYuv, planes_of
from fervid.video.decoded_pixels import DecodedPixels


class YuvPictures:
    """A painter of pictures to encode.

    Where the decoder gave what the encoder takes, only blurred heads are converted. Everything else is painted in YUV,
    and all other pixels keep the values of the source.

    Args:
        painter: Paints the readings; None to paint nothing.
        to_yuv: Converts to the pixel format of the encoder.
        canvas: The size of the pictures and the shape of their pixels.
    """

    def __init__(self, painter: Painter | None, to_yuv: ToYuv, canvas: Canvas) -> None:
        self._painter = painter
        self._to_yuv = to_yuv
        self._canvas = canvas
        # Only the parts with hidden heads are ever written.
        self._hidden = np.empty((canvas.height, canvas.width, 3), np.uint8)

    def make(self, frame: Frame, reading: FrameReading) -> av.VideoFrame:
        """Return the picture of a frame, without a timestamp. It shares no memory with the frame.

        Args:
            frame: The next frame, of the size of the canvas.
            reading: The reading of that frame, in its pixels.
        """
        pixels = frame.pixels
        picture = pixels.copied(self._to_yuv) if isinstance(pixels, DecodedPixels) else None
        if picture is None:
            picture = self._to_yuv.convert(frame.image)
        if self._painter is not None:
            planes = planes_of(picture)
            painting = self._painter.plan(self._canvas, reading)
            if painting.heads:
                self._hide(planes, pixels, painting)
            painting.lay_over(PlanesBrush(planes, self._to_yuv))
        return picture

    def _hide(self, planes: Planes, pixels: Pixels, painting: Painting) -> None:
        areas = [self._with_whole_chroma(head.area) for head in painting.heads if head.area]
        for area in areas:
            part = pixels.within(area.x, area.y, area.right, area.bottom)
            self._hidden[area.y : area.bottom, area.x : area.right] = part.image
        painting.hide(self._hidden)
        for area in areas:
            self._to_yuv.fill(planes, self._hidden[area.y : area.bottom, area.x : area.right], area.x, area.y)

    def _with_whole_chroma(self, area: Rect) -> Rect:
        """Return an area that begins and ends at even places, so that no sample of chroma lies outside it in part."""
        x, y = area.x // 2 * 2, area.y // 2 * 2
        right, bottom = area.right + area.right % 2, area.bottom + area.bottom % 2
        return Rect(x, y, min(right, self._canvas.width) - x, min(bottom, self._canvas.height) - y)
