"""The pixels of a decoded frame, of which only what a stage asks for is converted."""

from __future__ import annotations

from typing import Final, NamedTuple

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray
from typing_extensions import override

from fervid.core.frame_pixels import Pixels
from fervid.core.rotation import Rotation
from fervid.video.conversion import ToYuv, colour_of, convert, matrix_of, plane_of, to_full_range
from fervid.video.orientation import Orientation

_STEPS: Final = {
    "yuv420p": (2, 2),
    "yuvj420p": (2, 2),
    "yuv422p": (2, 1),
    "yuvj422p": (2, 1),
    "yuv444p": (1, 1),
    "yuvj444p": (1, 1),
}
"""The columns and rows of luma to each sample of chroma, for the pixel formats with three planes of bytes."""


class _Window(NamedTuple):
    """A part of a stored frame, in pixels."""

    left: int
    top: int
    right: int
    bottom: int


class DecodedPixels(Pixels):
    """The pixels of a frame as the decoder gave it.

    Parts, smaller copies and grey come straight from the planes of luma and chroma, wherever the pixel format has them
    as bytes. The result depends on nothing that was asked for before. Grey is the luma, expanded to full range: the
    brightness by the matrix of the video, where an image in blue, green and red would give that of BT.601.

    Args:
        frame: The frame. It must not change any more.
        orientation: The operations that turn it upright.
        matrix: The matrix to convert with, for a part or copy of another frame; None for that of `frame`.
        window: The part of the frame; None for the whole.
    """

    def __init__(
        self,
        frame: av.VideoFrame,
        orientation: Orientation,
        matrix: Colorspace | None = None,
        window: _Window | None = None,
    ) -> None:
        self._window = window or _Window(0, 0, frame.width, frame.height)
        left, top, right, bottom = self._window
        super().__init__(None, *orientation.size(right - left, bottom - top))
        self._frame = frame
        self._orientation = orientation
        self._matrix = matrix or matrix_of(frame)
        self._step = _STEPS.get(frame.format.name) if _has_plain_planes(frame) else None

    @property
    @override
    def rgb(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8, red green blue, contiguous. It is not kept."""
        return super().rgb if self._step is None else self._converted("rgb24")

    @property
    @override
    def grey(self) -> NDArray[np.uint8]:
        """(height, width) uint8, the luma from 0 to 255. It is not kept."""
        if self._step is None:
            return super().grey
        left, top, right, bottom = self._window
        luma = plane_of(self._frame, 0)[top:bottom, left:right]
        full = luma if colour_of(self._frame).full_range else to_full_range(luma)
        return np.ascontiguousarray(self._orientation.upright(full))

    @override
    def within(self, left: int, top: int, right: int, bottom: int) -> Pixels:
        """Return the pixels of a part; see `Pixels.within`."""
        if self._step is None:
            return super().within(left, top, right, bottom)
        swap, flip_x, flip_y = self._orientation
        if flip_x:
            left, right = self.width - right, self.width - left
        if flip_y:
            top, bottom = self.height - bottom, self.height - top
        if swap:
            left, top, right, bottom = top, left, bottom, right
        x, y = self._window.left, self._window.top
        window = _Window(x + left, y + top, x + right, y + bottom)
        return DecodedPixels(self._frame, self._orientation, self._matrix, window)

    @override
    def mirrored(self) -> Pixels:
        """Return the pixels of the mirror image; see `Pixels.mirrored`."""
        orientation = self._orientation._replace(flip_x=not self._orientation.flip_x)
        return DecodedPixels(self._frame, orientation, self._matrix, self._window)

    @override
    def turned(self, rotation: Rotation) -> Pixels:
        """Return the pixels of the image, turned clockwise; see `Pixels.turned`."""
        return DecodedPixels(self._frame, self._orientation.turned(rotation), self._matrix, self._window)

    @override
    def _make_image(self) -> NDArray[np.uint8]:
        return self._converted("bgr24")

    @override
    def _resized(self, width: int, height: int) -> Pixels:
        if self._step is None:
            return super()._resized(width, height)
        width, height = self._orientation.size(width, height)  # back to the stored one: to swap twice changes nothing
        small = self._like(width, height)
        left, top, right, bottom = self._window
        for number in range(3):
            across, down = self._step if number else (1, 1)
            part = plane_of(self._frame, number)[top // down : -(-bottom // down), left // across : -(-right // across)]
            target = plane_of(small, number)
            cv2.resize(part, target.shape[::-1], dst=target, interpolation=cv2.INTER_LINEAR)
        return DecodedPixels(small, self._orientation, self._matrix)

    def copied(self, to_yuv: ToYuv) -> av.VideoFrame | None:
        """Return an upright copy of the frame that may be painted on; None for a part of it.

        Args:
            to_yuv: Converts what will be painted. Where the planes of the frame are not what it would give, None is
                returned too.
        """
        frame = self._frame
        if self._step is None or self._window != (0, 0, frame.width, frame.height) or not to_yuv.keeps(frame):
            return None
        copy = av.VideoFrame(self.width, self.height, to_yuv.pixel_format)
        for number in range(3):
            plane_of(copy, number)[:] = self._orientation.upright(plane_of(frame, number))
        return copy

    def _converted(self, pixel_format: str) -> NDArray[np.uint8]:
        """Return the upright part in the format ``bgr24`` or ``rgb24``."""
        left, top, right, bottom = self._window
        frame = self._frame
        if self._step is not None and (right - left, bottom - top) != (frame.width, frame.height):
            frame, left, top = self._copied(*self._step)
        image = convert(frame, pixel_format, self._matrix)
        height, width = bottom - self._window.top, right - self._window.left
        return np.ascontiguousarray(self._orientation.upright(image[top : top + height, left : left + width]))

    def _copied(self, across: int, down: int) -> tuple[av.VideoFrame, int, int]:
        """Return a copy of the part, which begins and ends with whole samples of chroma, and its place in the copy."""
        left, top, right, bottom = self._window
        x, y = left // across * across, top // down * down
        to_x = min(-(-right // across) * across, self._frame.width)
        to_y = min(-(-bottom // down) * down, self._frame.height)
        copy = self._like(to_x - x, to_y - y)
        for number in range(3):
            step_x, step_y = (across, down) if number else (1, 1)
            rows, columns = slice(y // step_y, -(-to_y // step_y)), slice(x // step_x, -(-to_x // step_x))
            plane_of(copy, number)[:] = plane_of(self._frame, number)[rows, columns]
        return copy, left - x, top - y

    def _like(self, width: int, height: int) -> av.VideoFrame:
        """Return a new frame of the same format and colour encoding."""
        frame = av.VideoFrame(width, height, self._frame.format.name)
        frame.colorspace, frame.color_range = self._frame.colorspace, self._frame.color_range
        return frame


def _has_plain_planes(frame: av.VideoFrame) -> bool:
    """Return False for a frame that is stored from its bottom to its top."""
    return all(plane.line_size > 0 for plane in frame.planes)
