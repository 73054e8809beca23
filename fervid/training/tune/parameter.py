"""What one key of a recipe may become in a study: a range of numbers, or one of several values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Numbers from `low` to `high`, both allowed.

    Attributes:
        low: The smallest one.
        high: The largest one, above `low`.
        log: Whether they are spread in equal ratios instead of equal distances; `low` is above 0 then.
        whole: Whether they are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __contains__(self, value: Any) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def distribution(self) -> FloatDistribution | IntDistribution:
        """The same in Optuna's words."""
        if self.whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)

    def anywhere(self, chance: np.random.Generator) -> float:
        """A number of the range, by chance."""
        return self._within(chance.random())

    def near(self, value: float, width: float, chance: np.random.Generator) -> float:
        """A number near `value`, and never itself.

        Args:
            value: In the range.
            width: Standard deviation of the distance, in parts of the range; what leaves by a bound comes back from it.
            chance: Where chance comes from.
        """
        place = self._place(value) + chance.normal(0, width)
        found = self._within(1 - abs(1 - place % 2))
        if self.whole and found == value:
            return value + 1 if value < self.high else value - 1
        return found

    def at(self, place: float) -> float:
        """The number at a place, where 0 is `low` and 1 is `high`; it may lie outside."""
        span = self.high / self.low if self.log else self.high - self.low
        return self.low * span**place if self.log else self.low + span * place

    def _place(self, value: float) -> float:
        """Where a number lies, 0 to 1."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def _within(self, place: float) -> float:
        """The number of the range at a place of 0 to 1."""
        number = self.at(place)
        return min(max(round(number) if self.whole else number, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Choices:
    """Values without an order.

    Attributes:
        values: At least two texts, numbers or truth values, each another one.
    """

    values: tuple[bool | int | float | str, ...]

    def __contains__(self, value: Any) -> bool:
        return value in self.values

    def distribution(self) -> CategoricalDistribution:
        """The same in Optuna's words."""
        return CategoricalDistribution(self.values)

    def anywhere(self, chance: np.random.Generator) -> bool | int | float | str:
        """One of them, by chance."""
        return self.values[chance.integers(len(self.values))]

    def near(self, value: Any, width: float, chance: np.random.Generator) -> bool | int | float | str:  # noqa: ARG002
        """Another one than `value`, each as likely: without an order, none is nearer than another at any `width`."""
        return Choices(tuple(other for other in self.values if other != value)).anywhere(chance)
