"""Search parameters: a range of numbers, or a choice of values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Numbers from `low` to `high`, both included.

    Attributes:
        low: The smallest number.
        high: The largest number, above `low`.
        log: True for a logarithmic scale, for which `low` must be above 0.
        whole: True for integers.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def __contains__(self, value: Any) -> bool:
        return isinstance(value, int | float) and self.low <= value <= self.high

    def distribution(self) -> FloatDistribution | IntDistribution:
        """Return the range as an Optuna distribution."""
        if self.whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log)
        return FloatDistribution(self.low, self.high, log=self.log)

    def anywhere(self, random: np.random.Generator) -> float:
        """Draw a number from the range."""
        return self._within(random.random())

    def near(self, value: float, width: float, random: np.random.Generator) -> float:
        """Draw a number near `value`, but never `value` itself.

        Args:
            value: A number in the range.
            width: The standard deviation of the distance, as a fraction of the range; steps reflect at the bounds.
            random: A generator of random numbers.
        """
        place = self._place(value) + random.normal(0, width)
        found = self._within(1 - abs(1 - place % 2))
        if self.whole and found == value:
            return value + 1 if value < self.high else value - 1
        return found

    def at(self, place: float) -> float:
        """Return the number at a position, where 0 is `low` and 1 is `high`; it may lie outside the range."""
        span = self.high / self.low if self.log else self.high - self.low
        return self.low * span**place if self.log else self.low + span * place

    def _place(self, value: float) -> float:
        """Return the position of a number, 0 to 1."""
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def _within(self, place: float) -> float:
        """Return the number of the range at a position from 0 to 1."""
        number = self.at(place)
        return min(max(round(number) if self.whole else number, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Choices:
    """Values without an order.

    Attributes:
        values: Two or more distinct strings, numbers or booleans.
    """

    values: tuple[bool | int | float | str, ...]

    def __contains__(self, value: Any) -> bool:
        return value in self.values

    def distribution(self) -> CategoricalDistribution:
        """Return the choice as an Optuna distribution."""
        return CategoricalDistribution(self.values)

    def anywhere(self, random: np.random.Generator) -> bool | int | float | str:
        """Draw one of the values."""
        return self.values[random.integers(len(self.values))]

    def near(self, value: Any, width: float, random: np.random.Generator) -> bool | int | float | str:  # noqa: ARG002
        """Draw a value other than `value`, all equally likely, because values without an order have no distance."""
        return Choices(tuple(other for other in self.values if other != value)).anywhere(random)
