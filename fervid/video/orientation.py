"""How a stored picture is turned to stand upright."""

from __future__ import annotations

import struct
from fractions import Fraction
from typing import Any, NamedTuple, cast

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from numpy.typing import NDArray


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
