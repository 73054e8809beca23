"""Simulated annealing as an Optuna sampler (Kirkpatrick, Gelatt and Vecchi 1983, Science 220, 671-680).

The search walks from one set of values to a neighbouring one. A better neighbour is always accepted; one that is worse
by d is accepted with probability exp(-d / T) (Metropolis et al. 1953). The walk can therefore leave a local optimum
while the temperature T is high, and rarely accepts a worse neighbour when it is low.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler
from optuna.trial import FrozenTrial, TrialState
from typing_extensions import override

from fervid.training.tune.space import Space

FIRST_TEMPERATURE: Final = 0.05
"""The first temperature, in units of accuracy: a loss of five percentage points is accepted one time in three."""

LAST_TEMPERATURE: Final = 0.002
"""The last temperature: a loss of a fifth of a percentage point is accepted one time in three."""

FIRST_WIDTH: Final = 0.5
"""The standard deviation of the first steps, as a fraction of the range: nearly any value can be reached."""

LAST_WIDTH: Final = 0.1
"""The standard deviation of the last steps: only nearby values are tried."""

FIRST_MOVING: Final = 1.0
"""The probability that one of the first steps changes a parameter: all of them change."""

LAST_MOVING: Final = 0.1
"""The probability that one of the last steps changes a parameter: mostly a single one changes."""


class Annealing(BaseSampler):
    """A sampler that proposes a neighbour of the current trial of the walk.

    The walk is reconstructed from the finished trials for each proposal, so only the study needs to be stored and a
    resumed study continues as if it had not been interrupted.

    Args:
        space: The parameters to vary.
        trials: The number of trials over which the temperature falls, at least 1.
        seed: The seed of random numbers.
    """

    def __init__(self, space: Space, trials: int, seed: int) -> None:
        self._space = space
        self._trials = trials
        self._seed = seed

    @override
    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the whole space, because a step moves several parameters together."""
        return {name: parameter.distribution() for name, parameter in self._space.items()}

    @override
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the values of the next trial: a neighbour, or random values before the walk has begun."""
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
        random = np.random.default_rng((self._seed, len(finished)))
        current = self.current(finished)
        if current is None:
            return {name: parameter.anywhere(random) for name, parameter in self._space.items()}
        part = self._part(len(finished))
        width = _cooled(FIRST_WIDTH, LAST_WIDTH, part)
        moving = random.random(len(self._space)) < _cooled(FIRST_MOVING, LAST_MOVING, part)
        moving[random.integers(len(moving))] = True  # a step that changes nothing would waste a trial
        return {
            name: parameter.near(current.params[name], width, random) if moves else current.params[name]
            for moves, (name, parameter) in zip(moving, self._space.items(), strict=True)
        }

    @override
    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Raise, because `infer_relative_search_space` covers every parameter."""
        raise NotImplementedError(param_name)

    def current(self, finished: Sequence[FrozenTrial]) -> FrozenTrial | None:
        """Return the trial that was accepted last; a pruned trial is never accepted.

        Args:
            finished: Complete and pruned trials, in order.
        """
        current = None
        for place, trial in enumerate(finished):
            if trial.state is not TrialState.COMPLETE:
                continue
            number = np.random.default_rng((self._seed, place, 1)).random()
            if current is None or accepts(trial.values[0] - current.values[0], self.temperature(place), number):
                current = trial
        return current

    def temperature(self, place: int) -> float:
        """Return the temperature at a trial, counted from 0; it falls by a constant ratio."""
        return _cooled(FIRST_TEMPERATURE, LAST_TEMPERATURE, self._part(place))

    def _part(self, place: int) -> float:
        return min(1.0, place / max(1, self._trials - 1))


def accepts(gain: float, temperature: float, number: float) -> bool:
    """Return True if a step is accepted by the Metropolis rule.

    Args:
        gain: The improvement of the new values; negative if they are worse.
        temperature: The temperature in the same unit, above 0.
        number: A random number from the uniform distribution over 0 to 1.
    """
    return gain >= 0 or number < math.exp(gain / temperature)


def _cooled(first: float, last: float, part: float) -> float:
    """Interpolate geometrically from `first` to `last`, as Kirkpatrick et al. lower the temperature."""
    return first * math.pow(last / first, part)
