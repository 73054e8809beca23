"""Prediction of the place and size of a moving face, by a Kalman filter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from fervid.core.canvas import Placement
from fervid.core.geometry import Box, Point

_PERSISTENCE_S: Final = 1.0
"""The time constant, in seconds, with which a face loses its speed. Nobody walks or sways in one direction for long."""

_UNKNOWN: Final = 4.0  # usual speeds: the standard deviation of a speed of which nothing is known yet

_BRISKNESS: Final = 0.5
"""The part of the speed of a face that its usual speed gains: somebody who moves fast also turns and stops fast."""


@dataclass(frozen=True, slots=True)
class Habit:
    """The usual motion of faces along one axis, and the errors of detectors along it.

    Attributes:
        speed: The standard deviation of the speed, a second.
        error: The standard deviation of a detection.
    """

    speed: float
    error: float


PLACE: Final = Habit(speed=1.5, error=0.06)
"""The habit of the centre of a face, in face widths."""

SIZE: Final = Habit(speed=0.2, error=0.05)
"""The habit of the natural logarithm of the width of a face."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The effect of some time on the estimate of a motion.

    Attributes:
        share: The part of the speed that is left.
        reach: The distance by which a speed of 1 moves the face, until it is lost.
        place: The variance that the place gains from a usual speed of 1.
        both: The covariance that place and speed gain from it.
        speed: The variance that the speed gains from it.
    """

    share: float
    reach: float
    place: float
    both: float
    speed: float

    @classmethod
    def of(cls, elapsed: float) -> Passage:
        """Return the effect of `elapsed` seconds."""
        share = math.exp(-elapsed / _PERSISTENCE_S)
        return cls(
            share,
            reach=_PERSISTENCE_S * (1 - share),
            place=_PERSISTENCE_S * (2 * elapsed - _PERSISTENCE_S * (3 - 4 * share + share**2)),
            both=_PERSISTENCE_S * (1 - share) ** 2,
            speed=1 - share**2,
        )


@dataclass(frozen=True, slots=True)
class Axis:
    """An estimate of one coordinate of a face and of its speed.

    The speed is taken for an Ornstein-Uhlenbeck process: a face that is not seen goes on with its last speed and
    gradually comes to rest, while its place becomes uncertain. The formulas are exact for any time between two frames,
    so the estimate does not depend on the frame rate.

    Attributes:
        habit: The usual motion along this axis.
        value: The coordinate.
        speed: Its change a second.
        variances: The variance of the coordinate, its covariance with the speed, and the variance of the speed, in the
            unit of `habit`.
    """

    habit: Habit
    value: float
    speed: float
    variances: tuple[float, float, float]

    @classmethod
    def first(cls, value: float, habit: Habit) -> Axis:
        """Return the estimate from a first detection, whose speed is not known at all."""
        return cls(habit, value, 0.0, (habit.error**2, 0.0, (_UNKNOWN * habit.speed) ** 2))

    def after(self, passage: Passage, usual: float) -> Axis:
        """Return the prediction for after some time.

        Args:
            passage: The effect of that time.
            usual: The variance of the speed that is usual here, in the unit of `habit`.
        """
        share, reach = passage.share, passage.reach
        place, both, speed = self.variances
        variances = (
            place + 2 * reach * both + reach**2 * speed + usual * passage.place,
            share * (both + reach * speed) + usual * passage.both,
            share**2 * speed + usual * passage.speed,
        )
        return Axis(self.habit, self.value + reach * self.speed, share * self.speed, variances)

    def corrected(self, value: float) -> Axis:
        """Return the estimate corrected by a detection at `value`."""
        place, both, speed = self.variances
        gain, speed_gain = place / self.variance, both / self.variance
        return Axis(
            self.habit,
            self.value + gain * (value - self.value),
            self.speed + speed_gain * (value - self.value),
            (place * (1 - gain), both * (1 - gain), speed - speed_gain * both),
        )

    @property
    def variance(self) -> float:
        """The variance of the next detection."""
        return self.variances[0] + self.habit.error**2


@dataclass(frozen=True, slots=True)
class Motion:
    """An estimate of the place, the size and the speed of a face at one time.

    Attributes:
        x: The centre, in pixels.
        y: The centre, in pixels.
        size: The natural logarithm of the width, in pixels.
    """

    x: Axis
    y: Axis
    size: Axis

    @classmethod
    def first(cls, box: Box) -> Motion:
        """Return the estimate from a first detection. Its area must not be 0."""
        x, y = box.centre
        return cls(Axis.first(x, PLACE), Axis.first(y, PLACE), Axis.first(_log_width(box), SIZE))

    @property
    def centre(self) -> Point:
        """The centre of the face, in pixels."""
        return Point(self.x.value, self.y.value)

    @property
    def width(self) -> float:
        """The width of the face, in pixels."""
        return math.exp(self.size.value)

    @property
    def pace(self) -> float:
        """The speed in any direction, in face widths a second."""
        return math.hypot(self.x.speed, self.y.speed) / self.width

    @property
    def box(self) -> Box:
        """The face, as a square in pixels."""
        return Box(self.x.value - self.width / 2, self.y.value - self.width / 2, self.width, self.width)

    def after(self, elapsed: float) -> Motion:
        """Return the prediction for `elapsed` seconds later."""
        passage = Passage.of(elapsed)
        speed = min(self.pace, _UNKNOWN * PLACE.speed)
        usual = PLACE.speed**2 + (_BRISKNESS * speed) ** 2 / 2  # half of it along each axis
        size = self.size.after(passage, SIZE.speed**2)
        return Motion(self.x.after(passage, usual), self.y.after(passage, usual), size)

    def corrected(self, box: Box) -> Motion:
        """Return the estimate corrected by a detection at the same time. Its area must not be 0."""
        x, y = box.centre
        return Motion(self.x.corrected(x), self.y.corrected(y), self.size.corrected(_log_width(box)))

    def shifted(self, by: Point) -> Motion:
        """Return the estimate with its place moved by some pixels."""
        if by == (0.0, 0.0):
            return self
        return replace(self, x=replace(self.x, value=self.x.value + by.x), y=replace(self.y, value=self.y.value + by.y))

    def moved(self, placement: Placement) -> Motion:
        """Return the estimate in pixels of another picture, on which the old one has this place."""
        box = placement.box(Box(self.x.value, self.y.value, 1.0, 1.0))
        return Motion(
            replace(self.x, value=box.x, speed=self.x.speed * box.width),
            replace(self.y, value=box.y, speed=self.y.speed * box.height),
            replace(self.size, value=self.size.value + _log_width(box)),
        )


def _log_width(box: Box) -> float:
    return math.log(box.area) / 2
