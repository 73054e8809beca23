"""Rotation and mirroring of stored frames."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any, NamedTuple, cast

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from numpy.typing import NDArray

from fervid.core.rotation import Rotation


class Orientation(NamedTuple):
    """The operations that turn a stored frame upright, in this order; together they express all 8 orientations.

    Attributes:
        swap: True to swap rows and columns.
        flip_x: True to swap left and right.
        flip_y: True to swap top and bottom.
    """

    swap: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, frame: av.VideoFrame) -> Orientation:
        """Return the orientation that the display matrix of the container asks for, to the nearest right angle."""
        # frame.side_data and the frame would refer to each other until Python's garbage collector runs. Meanwhile the
        # decoder, with no free buffer left, would allocate a new one for each of dozens of frames, and keep them all.
        try:
            data = cast(Any, SideDataContainer)(frame).get("DISPLAYMATRIX")
        except ValueError:  # PyAV lists no side data at all where it does not know one of the kinds
            return cls._of_rotation(frame.rotation)
        return cls() if data is None else cls.of_matrix(bytes(data))

    @classmethod
    def of_matrix(cls, matrix: bytes) -> Orientation:
        """Return the orientation of a display matrix as FFmpeg stores it.

        Args:
            matrix: Nine fixed-point numbers a b u c d v x y w, 16.16 (the last column 2.30), in the byte order of the
                machine. The pixel (x, y) of the stored frame is shown at (a x + c y, b x + d y) (ISO/IEC 14496-12,
                6.2.2).
        """
        a, b, _, c, d, *_ = struct.unpack("=9i", matrix)
        if abs(b) + abs(c) > abs(a) + abs(d):
            return cls(True, c < 0, b < 0)
        return cls(False, a < 0, d < 0)

    @classmethod
    def _of_rotation(cls, anticlockwise: int) -> Orientation:
        turns = round(anticlockwise / 90) % 4
        return (cls(), cls(True, False, True), cls(False, True, True), cls(True, True, False))[turns]

    def turned(self, rotation: Rotation) -> Orientation:
        """Return the orientation followed by a clockwise turn."""
        turned = self
        for _ in range(rotation.quarters):
            turned = Orientation(not turned.swap, not turned.flip_y, turned.flip_x)
        return turned

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height of the upright frame, given those of the stored one."""
        return (height, width) if self.swap else (width, height)

    def aspect(self, stored: Fraction) -> Fraction:
        """Return the pixel aspect ratio (width / height) of the upright frame, given that of the stored one."""
        return 1 / stored if self.swap else stored

    def upright(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the image turned upright; the same array where there is nothing to turn."""
        if self.swap:
            image = cast("NDArray[np.uint8]", cv2.transpose(image))
        if self.flip_x or self.flip_y:
            both = self.flip_x and self.flip_y
            image = cast("NDArray[np.uint8]", cv2.flip(image, -1 if both else int(self.flip_x)))
        return image
