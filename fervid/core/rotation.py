"""Turns of a picture by right angles."""

from __future__ import annotations

from enum import IntEnum
from numbers import Integral
from typing import Any, Final

DESCRIPTION: Final = "0, 90, 180 or 270"
"""The values, in words."""


class Rotation(IntEnum):
    """An angle by which a picture is turned clockwise, in degrees."""

    NONE = 0
    RIGHT = 90
    OVER = 180
    LEFT = 270

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def of(cls, value: Any) -> Rotation:
        """Return a rotation from a number, or from its digits.

        Raises:
            TypeError: It is neither.
            ValueError: It is another angle.
        """
        if isinstance(value, str):
            if value not in map(str, cls):
                raise ValueError(f"'{value}' is no right angle")
            return cls(int(value))
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise TypeError("a rotation is a whole number")
        return cls(int(value))

    @property
    def swaps(self) -> bool:
        """True if width and height change places."""
        return self in (Rotation.RIGHT, Rotation.LEFT)

    @property
    def quarters(self) -> int:
        """The number of quarter turns."""
        return self.value // 90
