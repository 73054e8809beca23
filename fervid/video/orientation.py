"""From a decoded picture to what every stage takes: upright, blue green red, eight bits."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any, Final, NamedTuple, cast

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from fervid.sources.base import Colour

CONVERTIBLE: Final = frozenset({1, 4, 5, 6, 7, 9})
"""The matrix coefficients (ITU-T H.273) that swscale converts by itself; it refuses most others."""

UNSPECIFIED: Final = 2
"""What ITU-T H.273 calls silence in matrix, primaries and transfer."""

_HD_HEIGHT: Final = 720
_FULL_LUMA: Final = np.clip(np.round((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)


class Orientation(NamedTuple):
    """How a stored picture is turned to stand upright: first swapped, then flipped; all 8 ways can be said so.

    Attributes:
        swap: Rows become columns.
        flip_x: Left becomes right.
        flip_y: Top becomes bottom.
    """

    swap: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Orientation:
        """What the container's display matrix asks for; an angle in between goes to the nearest right one."""
        # Not frame.side_data: that and the frame would hold each other until Python's garbage collector comes by, while
        # the decoder, none of whose buffers is free again, makes a new one for each of dozens of pictures and keeps it.
        try:
            data = cast(Any, SideDataContainer)(frame).get("DISPLAYMATRIX")
        except ValueError:  # PyAV lists no side data at all where one kind of it is unknown to it
            return cls._of_rotation(frame.rotation)
        return cls() if data is None else cls.of_matrix(bytes(data))

    @classmethod
    def of_matrix(cls, matrix: bytes) -> Orientation:
        """Read nine 16.16 (last column 2.30) numbers of the machine's byte order, as FFmpeg has a display matrix.

        (x, y) of the stored picture is shown at (a x + c y, b x + d y), where the numbers are a b u c d v x y w
        (ISO/IEC 14496-12, 6.2.2).
        """
        a, b, _, c, d, *_ = struct.unpack("=9i", matrix)
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)

    @classmethod
    def _of_rotation(cls, anticlockwise: int) -> Orientation:
        turns = round(anticlockwise / 90) % 4
        return (cls(), cls(True, False, True), cls(False, True, True), cls(True, True, False))[turns]

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the upright picture."""
        return (height, width) if self.swap else (width, height)

    def aspect(self, stored: Fraction) -> Fraction:
        """Width to height of a pixel of the upright picture."""
        return 1 / stored if self.swap else stored

    def upright(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """`image` turned; the same array where there is nothing to turn."""
        if self.swap:
            image = cast("NDArray[np.uint8]", cv2.transpose(image))
        if self.flip_x or self.flip_y:
            both = self.flip_x and self.flip_y
            image = cast("NDArray[np.uint8]", cv2.flip(image, -1 if both else int(self.flip_x)))
        return image


def colour_of(frame: av.VideoFrame) -> Colour:
    """What the stream says about its colours."""
    matrix, primaries, transfer = int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc)
    return Colour(
        full_range=frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj"),
        matrix=matrix if matrix in CONVERTIBLE else None,
        primaries=None if primaries in (0, UNSPECIFIED) else primaries,
        transfer=None if transfer in (0, UNSPECIFIED) else transfer,
    )


def to_bgr(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Convert a frame of any pixel format to (height, width, 3) uint8, blue green red, C-contiguous, as stored.

    The frame's own matrix and range hold. Where it tells no matrix, or one that cannot be converted, it is BT.709 for
    720 lines and more, upright or on its side, and BT.601 below, as players have it; where it tells no range, it is
    the limited one. An alpha channel is dropped. High dynamic range is not tone-mapped.
    """
    matrix = None if frame.colorspace in CONVERTIBLE else _usual_matrix(min(frame.width, frame.height))
    # One thread: to share the work costs more than the work.
    image = cast("NDArray[np.uint8]", frame.to_ndarray(format="bgr24", src_colorspace=matrix, threads=1))
    if frame.color_range == ColorRange.MPEG and frame.format.name.startswith("gray"):
        image = _FULL_LUMA[image]  # swscale takes grey for full range, whatever the frame says
    return np.ascontiguousarray(image)


def _usual_matrix(lines: int) -> Colorspace:
    return Colorspace.ITU709 if lines >= _HD_HEIGHT else Colorspace.ITU601
