"""A frame as the decoder stored it, and smaller copies of its planes."""

from __future__ import annotations

import threading
from functools import cached_property
from typing import Final, NamedTuple

import av
import cv2
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray
from typing_extensions import override

from fervid.video.conversion import colour_of, convert, matrix_of, plane_of

_STEPS: Final = {
    "yuv420p": (2, 2),
    "yuvj420p": (2, 2),
    "yuv422p": (2, 1),
    "yuvj422p": (2, 1),
    "yuv444p": (1, 1),
    "yuvj444p": (1, 1),
}
"""The columns and rows of luma to each sample of chroma, for the pixel formats with three planes of bytes."""

_GRAIN: Final = 16
"""Copies that are converted have multiples of it as width and height, so that a few converters serve all of them."""


class Window(NamedTuple):
    """A part of a stored frame, in pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top

    def sampled(self, across: int, down: int) -> tuple[slice, slice]:
        """Return the rows and columns of all samples in it, each of so many columns and rows of pixels."""
        return slice(self.top // down, -(-self.bottom // down)), slice(self.left // across, -(-self.right // across))


class StoredFrame:
    """A frame as the decoder stored it. Parts and mirror images of a picture share it.

    Args:
        frame: The frame. It must not change any more.
        original: The frame that it is a copy of, whose colour encoding it has; None for no copy.

    Attributes:
        width: The width in pixels.
        height: The height in pixels.
        step: The columns and rows of luma to each sample of chroma; None where the pixel format has no three planes of
            bytes, and `plane` must not be asked for.
        matrix: The matrix to convert it with; None for the one that it specifies.
    """

    matrix: Colorspace | None
    step: tuple[int, int] | None

    def __init__(self, frame: av.VideoFrame, original: StoredFrame | None = None) -> None:
        self._frame = frame
        self.width, self.height = frame.width, frame.height
        if original is None:
            self.matrix, self.step = matrix_of(frame), _step(frame)
        else:
            self.matrix, self.step = original.matrix, original.step
        self._planes: dict[int, NDArray[np.uint8]] = {}

    @property
    def frame(self) -> av.VideoFrame:
        """The frame, with all planes."""
        return self._frame

    @cached_property
    def is_full_range(self) -> bool:
        """True if the luma goes from 0 to 255."""
        return colour_of(self._frame).full_range

    def plane(self, number: int) -> NDArray[np.uint8]:
        """Return (height, width) uint8: luma for 0, chroma for 1 and 2."""
        plane = self._planes.get(number)
        if plane is None:
            plane = self._planes[number] = self._make_plane(number)
        return plane

    def part(self, number: int, window: Window) -> NDArray[np.uint8]:
        """Return all samples of a plane that lie in a window at least partly."""
        return self.plane(number)[window.sampled(*self._step_of(number))]

    def converted(self, window: Window, pixel_format: str) -> NDArray[np.uint8]:
        """Return a part in the format ``bgr24`` or ``rgb24``, (height, width, 3) uint8.

        The bytes are those of the whole frame in that format, as far as swscale does not interpolate chroma.
        """
        left, top, right, bottom = window
        if self.step is None or window.size == (self.width, self.height):
            frame = self.frame
        else:
            across, down = self.step
            x, y = left // across * across, top // down * down
            frame = self._copied(x, y, x + _whole_grains(right - x), y + _whole_grains(bottom - y))
            left, top, right, bottom = left - x, top - y, right - x, bottom - y
        return convert(frame, pixel_format, self.matrix)[top:bottom, left:right]

    def like(self, width: int, height: int) -> av.VideoFrame:
        """Return a new frame of the same pixel format and colour encoding."""
        frame = av.VideoFrame(width, height, self._frame.format.name)
        frame.colorspace, frame.color_range = self._frame.colorspace, self._frame.color_range
        return frame

    def _make_plane(self, number: int) -> NDArray[np.uint8]:
        return plane_of(self._frame, number)

    def _step_of(self, number: int) -> tuple[int, int]:
        assert self.step is not None
        return self.step if number else (1, 1)

    def _copied(self, left: int, top: int, right: int, bottom: int) -> av.VideoFrame:
        """Return a copy of a part, which begins and ends with whole samples of chroma, if the frame does."""
        window = Window(left, top, min(right, self.width), min(bottom, self.height))
        copy = self.like(*window.size)
        for number in range(3):
            plane_of(copy, number)[:] = self.part(number, window)
        return copy


class SmallerCopy(StoredFrame):
    """A smaller copy of a part of a stored frame. Each plane is made when it is asked for: grey needs no chroma.

    Args:
        source: The frame, with planes of bytes.
        window: The part of it.
        width: The width of the copy, in pixels.
        height: The height of the copy, in pixels.
    """

    def __init__(self, source: StoredFrame, window: Window, width: int, height: int) -> None:
        super().__init__(source.like(width, height), source)
        self._source, self._window = source, window
        self._lock = threading.Lock()

    @property
    @override
    def frame(self) -> av.VideoFrame:
        """The frame, with all planes."""
        for number in range(3):
            self.plane(number)
        return self._frame

    @cached_property
    @override
    def is_full_range(self) -> bool:
        """True if the luma goes from 0 to 255."""
        return self._source.is_full_range

    @override
    def _make_plane(self, number: int) -> NDArray[np.uint8]:
        with self._lock:
            made = self._planes.get(number)
            if made is None:
                made = plane_of(self._frame, number)
                part = self._source.part(number, self._window)
                cv2.resize(part, made.shape[::-1], dst=made, interpolation=cv2.INTER_LINEAR)
            return made


def _whole_grains(length: int) -> int:
    """Return a length in pixels, rounded up to a multiple of `_GRAIN`."""
    return -(-length // _GRAIN) * _GRAIN


def _step(frame: av.VideoFrame) -> tuple[int, int] | None:
    is_upside_down = any(plane.line_size < 0 for plane in frame.planes)
    return None if is_upside_down else _STEPS.get(frame.format.name)
