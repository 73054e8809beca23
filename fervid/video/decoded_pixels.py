"""The pixels of a decoded frame, of which only what a stage asks for is converted."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from fervid.core.frame_pixels import Pixels
from fervid.core.rotation import Rotation
from fervid.video.conversion import ToYuv, plane_of, to_full_range
from fervid.video.orientation import Orientation
from fervid.video.stored_frame import SmallerCopy, StoredFrame, Window


class DecodedPixels(Pixels):
    """The pixels of a frame as the decoder gave it.

    Parts, smaller copies and grey come straight from the planes of luma and chroma, wherever the pixel format has them
    as bytes. The result depends on nothing that was asked for before. Grey is the luma, expanded to full range: the
    brightness by the matrix of the video, where an image in blue, green and red would give that of BT.601.

    Args:
        frame: The frame, which must not change any more, or its stored form, which other pixels share.
        orientation: The operations that turn it upright.
        window: The part of the frame; None for the whole.
    """

    def __init__(
        self, frame: av.VideoFrame | StoredFrame, orientation: Orientation, window: Window | None = None
    ) -> None:
        self._stored = frame if isinstance(frame, StoredFrame) else StoredFrame(frame)
        self._window = window or Window(0, 0, self._stored.width, self._stored.height)
        super().__init__(None, *orientation.size(*self._window.size))
        self._orientation = orientation

    @property
    @override
    def rgb(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8, red green blue, contiguous. It is not kept."""
        return super().rgb if self._stored.step is None else self._converted("rgb24")

    @property
    @override
    def grey(self) -> NDArray[np.uint8]:
        """(height, width) uint8, the luma from 0 to 255. It is not kept."""
        stored = self._stored
        if stored.step is None:
            return super().grey
        luma = stored.part(0, self._window)
        full = luma if stored.is_full_range else to_full_range(luma)
        return np.ascontiguousarray(self._orientation.upright(full))

    @override
    def within(self, left: int, top: int, right: int, bottom: int) -> Pixels:
        """Return the pixels of a part; see `Pixels.within`."""
        if self._stored.step is None:
            return super().within(left, top, right, bottom)
        swap, flip_x, flip_y = self._orientation
        if flip_x:
            left, right = self.width - right, self.width - left
        if flip_y:
            top, bottom = self.height - bottom, self.height - top
        if swap:
            left, top, right, bottom = top, left, bottom, right
        x, y = self._window.left, self._window.top
        window = Window(x + left, y + top, x + right, y + bottom)
        return DecodedPixels(self._stored, self._orientation, window)

    @override
    def mirrored(self) -> Pixels:
        """Return the pixels of the mirror image; see `Pixels.mirrored`."""
        orientation = self._orientation._replace(flip_x=not self._orientation.flip_x)
        return DecodedPixels(self._stored, orientation, self._window)

    @override
    def turned(self, rotation: Rotation) -> Pixels:
        """Return the pixels of the image, turned clockwise; see `Pixels.turned`."""
        return DecodedPixels(self._stored, self._orientation.turned(rotation), self._window)

    @override
    def _make_image(self) -> NDArray[np.uint8]:
        return self._converted("bgr24")

    @override
    def _resized(self, width: int, height: int) -> Pixels:
        if self._stored.step is None:
            return super()._resized(width, height)
        width, height = self._orientation.size(width, height)  # back to the stored one: to swap twice changes nothing
        return DecodedPixels(SmallerCopy(self._stored, self._window, width, height), self._orientation)

    def copied(self, to_yuv: ToYuv) -> av.VideoFrame | None:
        """Return an upright copy of the frame that may be painted on; None for a part of it.

        Args:
            to_yuv: Converts what will be painted. Where the planes of the frame are not what it would give, None is
                returned too.
        """
        stored = self._stored
        if stored.step is None or self._window.size != (stored.width, stored.height) or not to_yuv.keeps(stored.frame):
            return None
        copy = av.VideoFrame(self.width, self.height, to_yuv.pixel_format)
        for number in range(3):
            plane_of(copy, number)[:] = self._orientation.upright(stored.plane(number))
        return copy

    def _converted(self, pixel_format: str) -> NDArray[np.uint8]:
        """Return the upright part in the format ``bgr24`` or ``rgb24``."""
        return np.ascontiguousarray(self._orientation.upright(self._stored.converted(self._window, pixel_format)))
