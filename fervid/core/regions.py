"""Parts of a picture in which faces count, as people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from numbers import Real
from typing import Any, Final, NamedTuple

from fervid.core.canvas import SAME_PLACE, Canvas, Placement
from fervid.core.geometry import Box, Point
from fervid.errors import UsageError

DESCRIPTION: Final = "X,Y,W,H in pixels or per cent, such as 10%,0,50%,100%"
"""The text of a region, in words."""

# The number of digits is bounded, since Python refuses to convert thousands of them.
_LENGTH: Final = re.compile(r"(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*(%?)")
_LONGEST: Final = 10**9
_MOST: Final = 100  # regions


class Length(NamedTuple):
    """A distance along one side of a picture.

    Attributes:
        value: The distance, in pixels or per cent, from 0.
        is_percentage: True if it is in per cent of that side.
    """

    value: float
    is_percentage: bool = False

    def __str__(self) -> str:
        return f"{self.value:.15g}{'%' if self.is_percentage else ''}"

    def of(self, side: int) -> float:
        """Return the distance in pixels, where the side has so many."""
        return self.value * side / 100 if self.is_percentage else self.value


class Region(NamedTuple):
    """An upright rectangle.

    Attributes:
        x: The left edge.
        y: The top edge.
        width: The width.
        height: The height.
    """

    x: Length
    y: Length
    width: Length
    height: Length

    def __str__(self) -> str:
        return ",".join(map(str, self))

    @classmethod
    def of(cls, value: Any) -> Region:
        """Return a region from text, or from four numbers or texts.

        Raises:
            TypeError: It is neither.
            ValueError: A number is negative, the region is empty, or it begins at 100 % or beyond.
            UsageError: The text is no region.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        if not isinstance(value, Sequence) or isinstance(value, bytes) or len(value) != 4:
            raise TypeError("a region is text, or four numbers")
        found = cls(*map(_length, value))
        if not found._is_possible:
            raise ValueError(f"{found} is empty")
        return found

    @classmethod
    def parse(cls, text: str) -> Region:
        """Parse ``320,0,640,720`` or ``10%,0,50%,100%``.

        Raises:
            UsageError: `text` is neither, or shows no part of any picture.
        """
        parts = [_LENGTH.fullmatch(part.strip()) for part in text.split(",")]
        if len(parts) != 4 or not all(parts):
            raise UsageError(f"'{text}' is not a region", f"write {DESCRIPTION}")
        found = cls(*(Length(float(part[1]), part[2] == "%") for part in parts if part))
        if not found._is_possible:
            raise UsageError(f"the region '{text}' is empty", f"write {DESCRIPTION}")
        return found

    def box(self, picture: Canvas) -> Box:
        """Return the rectangle in pixels of a picture, beyond which it may extend."""
        return Box(
            self.x.of(picture.width),
            self.y.of(picture.height),
            self.width.of(picture.width),
            self.height.of(picture.height),
        )

    @property
    def _is_possible(self) -> bool:
        """True if some picture has a part of the region."""
        begins_inside = all(not edge.is_percentage or edge.value < 100 for edge in (self.x, self.y))
        return begins_inside and self.width.value > 0 and self.height.value > 0


class Regions(tuple[Region, ...]):
    """The parts of a picture in which faces count; all of the picture where there are none."""

    __slots__ = ()

    @classmethod
    def of(cls, value: Any) -> Regions:
        """Return regions from one text, or from a sequence of what `Region.of` takes.

        Raises:
            TypeError: It is neither.
            ValueError: A region is impossible, or there are more than a hundred.
            UsageError: A text is no region.
        """
        if isinstance(value, Region | str):
            return cls([Region.of(value)])
        if not isinstance(value, list | tuple):
            raise TypeError("regions are a sequence")
        if len(value) > _MOST:
            raise ValueError("there are too many regions")
        return cls(Region.of(each) for each in value)

    def __str__(self) -> str:
        return " ".join(map(str, self))

    def boxes(self, canvas: Canvas, place: Placement = SAME_PLACE) -> list[Box]:
        """Return the rectangles in pixels of a picture; they may extend beyond it.

        Args:
            canvas: The canvas on which the picture is shown, to which pixels and percentages refer.
            place: The place of the picture on that canvas.
        """
        return [place.back(region.box(canvas)) for region in self]

    def check(self, canvas: Canvas, name: str) -> None:
        """Check that every region shows a part of a picture.

        Args:
            canvas: The size of the picture.
            name: The name of the picture, for the message.

        Raises:
            UsageError: A region lies outside.
        """
        for region in self:
            if not region.box(canvas).clipped(*canvas.size).area:
                raise UsageError(
                    f"the region {region} lies outside {name}, which is {canvas}",
                    "give X,Y,W,H in pixels of that size, or in per cent",
                )


EVERYWHERE: Final = Regions()
"""No region, so that faces count in all of the picture."""


def are_empty_or_hold(boxes: Sequence[Box], point: Point, *, margin: float = 0.0) -> bool:
    """Return True if a point lies in one of the boxes, or so many pixels beside it, or if there are none."""
    return not boxes or any(box.grown(margin).holds(point) for box in boxes)


def _length(value: Any) -> Length:
    if isinstance(value, Length):
        return value
    if isinstance(value, str):
        match = _LENGTH.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"'{value}' is no length")
        return Length(float(match[1]), match[2] == "%")
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError("a length is a number or text")
    number = float(value)
    if not 0 <= number <= _LONGEST or math.isnan(number):
        raise ValueError(f"a length cannot be {number}")
    return Length(number)
