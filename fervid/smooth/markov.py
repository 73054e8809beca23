"""A hidden Markov model in continuous time of the expressions of a face, shared by the methods that use it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

NEUTRAL: Final = "neutral"

RATE: Final = 5.0
NEUTRAL_SHARE: Final = 0.45
CORRELATION: Final = 0.12
"""The parameters, chosen among the best that ``python training/fit_smoothing.py`` prints; see `MarkovModel`."""

UNCONFIRMED: Final = 0.65
"""The temperature of a belief that no later frame has confirmed, from the same command."""

FITTED_TIME: Final = 0.3
"""The time constant, in seconds, that stands for the model as fitted. All times of the model grow in proportion."""

_LEAST: Final = 1e-6
"""The least likelihood of a class, so that no single frame excludes it for good."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MarkovModel:
    """The rates and proportions of the model; docs/smoothing.md has the mathematics and the sources.

    Renewals happen at a constant rate. At each, the next expression is drawn from fixed proportions, the same as before
    included. So the generator is ``rate * (ones @ proportions - identity)``, and its matrix exponential has a closed
    form: within dt a belief keeps its place by exp(-rate dt), and takes on the proportions by the rest.

    The errors of neighbouring frames are alike; their correlation falls to 1/e within ``correlation`` seconds. A frame
    that comes dt after the one before therefore adds as much information as tanh(dt / (2 correlation)) independent
    frames, which is exact for the mean of a series with such errors. Its probabilities are raised to that power, so
    that the frame rate hardly matters.

    A belief without later frames is too cautious, because it allows at any moment for a change that they would rule
    out. `temper` makes up for that.

    Attributes:
        proportions: (classes,), above 0, summing to 1.
        rate: Renewals a second.
        correlation: In seconds, above 0.
    """

    proportions: Floats
    rate: float = RATE
    correlation: float = CORRELATION

    @classmethod
    def fitted(cls, classes: tuple[str, ...], time_constant: float = FITTED_TIME) -> Self:
        """Return the model with the parameters that were fitted.

        Args:
            classes: The names of the classes. ``neutral`` has its own proportion; all others have the same.
            time_constant: In seconds. With twice `FITTED_TIME`, everything takes twice as long.
        """
        slower = time_constant / FITTED_TIME
        return cls(proportions(classes, NEUTRAL_SHARE), RATE / slower, CORRELATION * slower)

    def likelihood(self, probabilities: NDArray[np.floating], elapsed: float | Floats | None) -> Floats:
        """Return the likelihood of each class, (..., classes), up to a common factor.

        Args:
            probabilities: Those that the engine gives the classes in each frame, (..., classes). All classes are taken
                to be equally frequent where it learned them.
            elapsed: The time since the frame before, in seconds, (...); None for a first frame, which counts in full.
        """
        share = 1.0 if elapsed is None else np.tanh(np.asarray(elapsed) / (2 * self.correlation))[..., None]
        return np.asarray(np.maximum(probabilities, _LEAST).astype(np.float64) ** share)

    def stay(self, elapsed: float) -> float:
        """Return the part of a belief that keeps its place within `elapsed` seconds."""
        return math.exp(-self.rate * elapsed)

    def temper(self, belief: Floats, later: float | Floats) -> Floats:
        """Return beliefs as they are given out, (..., classes): as sure as they are right on average.

        The temperature is `UNCONFIRMED` without later frames, and 1 once a change in the meantime would have shown. It
        changes no label.

        Args:
            belief: (..., classes), summing to 1.
            later: The time from the frame to the last one that the belief takes into account, in seconds, (...).
        """
        return _power(belief, 1 / self._temperature(later))

    def untemper(self, given: NDArray[np.floating], later: float | Floats) -> Floats:
        """Return the beliefs that `temper` made `given` of."""
        return _power(given, self._temperature(later))

    def _temperature(self, later: float | Floats) -> Floats:
        return np.asarray(1 - (1 - UNCONFIRMED) * np.exp(-self.rate * np.asarray(later)))[..., None]

    def forward(self, belief: Floats, elapsed: float) -> Floats:
        """Return the belief `elapsed` seconds later, in which nothing was seen; both are (classes,) and sum to 1."""
        stay = self.stay(elapsed)
        return stay * belief + (1 - stay) * self.proportions

    def backward(self, likelihood: Floats, elapsed: float) -> Floats:
        """Return the likelihood of what is seen later, for each class `elapsed` seconds before; both are (classes,)."""
        stay = self.stay(elapsed)
        return np.asarray(stay * likelihood + (1 - stay) * (self.proportions @ likelihood))


def _power(probabilities: NDArray[np.floating], exponent: Floats) -> Floats:
    powers = probabilities.astype(np.float64) ** exponent
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def proportions(classes: tuple[str, ...], neutral: float) -> Floats:
    """Return (classes,) proportions in which ``neutral`` has a share, and all others the same."""
    count = len(classes)
    if NEUTRAL not in classes:
        return np.full(count, 1 / count)
    found = np.full(count, (1 - neutral) / (count - 1))
    found[classes.index(NEUTRAL)] = neutral
    return found
