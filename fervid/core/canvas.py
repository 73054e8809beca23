"""Sizes of pictures whose pixels need not be square, and the place of one picture on another."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from fervid.core.geometry import Box
from fervid.core.rotation import Rotation

SQUARE: Final = Fraction(1)
"""The pixel aspect ratio of square pixels."""

_NEARLY_SQUARE: Final = Fraction(1, 50)
"""The deviation from square pixels that nobody sees. Rounded sizes often lead to one of a thousandth."""

_FULL: Final = Fraction(99, 100)
"""The share of a side from which a picture is stretched to the whole side, so that no thin black line is left."""


class Placement(NamedTuple):
    """The place of one picture on another: maps positions in the first to positions in the second.

    Attributes:
        x: The x coordinate of the left edge, in pixels of the second picture.
        y: The y coordinate of the top edge, in pixels of the second picture.
        scale_x: The factor for widths.
        scale_y: The factor for heights.
    """

    x: float = 0.0
    y: float = 0.0
    scale_x: float = 1.0
    scale_y: float = 1.0

    def box(self, box: Box) -> Box:
        """Return a box of the first picture in pixels of the second; the same box where both have the same pixels."""
        if self == SAME_PLACE:
            return box
        scaled = box.scaled(self.scale_x, self.scale_y)
        return scaled._replace(x=scaled.x + self.x, y=scaled.y + self.y)

    def back(self, box: Box) -> Box:
        """Return a box of the second picture in pixels of the first."""
        if self == SAME_PLACE:
            return box
        return box._replace(x=box.x - self.x, y=box.y - self.y).scaled(1 / self.scale_x, 1 / self.scale_y)


SAME_PLACE: Final = Placement()
"""The place of a picture on itself."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of a picture and the shape of its pixels.

    Attributes:
        width: The width in pixels.
        height: The height in pixels.
        pixel_aspect: The pixel aspect ratio (width / height).
    """

    width: int
    height: int
    pixel_aspect: Fraction = SQUARE

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    @property
    def area(self) -> int:
        """The number of pixels."""
        return self.width * self.height

    @property
    def square(self) -> Canvas:
        """The size in which a picture shows its true proportions with square pixels; itself where it does already.

        The side whose pixels are too narrow is stretched, so that no detail is lost.
        """
        if self.pixel_aspect == SQUARE or abs(self.pixel_aspect - SQUARE) <= _NEARLY_SQUARE:
            return self
        if self.pixel_aspect > SQUARE:
            return Canvas(round(self.width * self.pixel_aspect), self.height)
        return Canvas(self.width, round(self.height / self.pixel_aspect))

    def turned(self, rotation: Rotation) -> Canvas:
        """Return the size of the picture turned by a right angle."""
        return Canvas(self.height, self.width, 1 / self.pixel_aspect) if rotation.swaps else self

    def place(self, picture: Canvas) -> Placement:
        """Return the place of a whole picture on this canvas: as large as possible, in its proportions, in the middle.

        Args:
            picture: The size of the picture.
        """
        if picture == self:
            return SAME_PLACE
        across = self.width * self.pixel_aspect / (picture.width * picture.pixel_aspect)
        down = Fraction(self.height, picture.height)
        scale = min(across, down)
        width = self.width if scale >= _FULL * across else max(1, round(self.width * scale / across))
        height = self.height if scale >= _FULL * down else max(1, round(self.height * scale / down))
        x, y = (self.width - width) // 2, (self.height - height) // 2
        return Placement(x, y, width / picture.width, height / picture.height)

    def follow(self, before: Canvas) -> Placement:
        """Return the map by which positions in a frame of another size are expected in a frame of this size.

        A camera that changes its size usually goes on to look at the same point, and a phone that is turned changes
        neither its angle of view nor the length of its diagonal. So the middle stays, and all else is scaled with the
        diagonal.

        Args:
            before: The size of the frame before.
        """
        if before == self:
            return SAME_PLACE
        now, then = self.square, before.square
        scale = math.hypot(*now.size) / math.hypot(*then.size)
        scale_x = scale * then.width / before.width * self.width / now.width
        scale_y = scale * then.height / before.height * self.height / now.height
        x, y = (self.width - before.width * scale_x) / 2, (self.height - before.height * scale_y) / 2
        return Placement(x, y, scale_x, scale_y)
