"""Simulated annealing as a sampler of Optuna (Kirkpatrick, Gelatt and Vecchi 1983, Science 220, 671-680).

The search walks from one set of values to a neighbouring one. A neighbour that is better is always accepted; one that
is worse by d is accepted with probability exp(-d / T) (Metropolis et al. 1953), so that the walk can leave a local
optimum while the temperature T is high, and hardly ever steps back when it is low.
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
"""In units of accuracy: at first, a step that loses five points in a hundred is accepted in one case of three."""

LAST_TEMPERATURE: Final = 0.002
"""At the end, one that loses a fifth of a point is."""

FIRST_WIDTH: Final = 0.5
"""Standard deviation of a step, in parts of the range: at first it leads nearly anywhere ..."""

LAST_WIDTH: Final = 0.1
"""... and at the end not far."""

FIRST_MOVING: Final = 1.0
"""Probability that a step moves a parameter: at first it moves all of them ..."""

LAST_MOVING: Final = 0.1
"""... and at the end mostly one, so that what is good stays while the rest is tried."""


class Annealing(BaseSampler):
    """Proposes a neighbour of the trial at which the walk stands.

    The walk is worked out anew from the finished trials for each proposal. So nothing but the study need be stored, and
    one that was interrupted goes on as if it had not been.

    Args:
        space: What to vary.
        trials: Over how many the temperature falls, at least 1.
        seed: Where chance begins.
    """

    def __init__(self, space: Space, trials: int, seed: int) -> None:
        self._space = space
        self._trials = trials
        self._seed = seed

    @override
    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """The whole space: a step moves parameters together."""
        return {name: parameter.distribution() for name, parameter in self._space.items()}

    @override
    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The values of the next trial: a neighbour, or any place while the walk has not begun."""
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
        chance = np.random.default_rng((self._seed, len(finished)))
        here = self.stands_at(finished)
        if here is None:
            return {name: parameter.anywhere(chance) for name, parameter in self._space.items()}
        part = self._part(len(finished))
        width = _cooled(FIRST_WIDTH, LAST_WIDTH, part)
        moving = chance.random(len(self._space)) < _cooled(FIRST_MOVING, LAST_MOVING, part)
        moving[chance.integers(len(moving))] = True  # a step that moves nothing is a wasted trial
        return {
            name: parameter.near(here.params[name], width, chance) if moves else here.params[name]
            for moves, (name, parameter) in zip(moving, self._space.items(), strict=True)
        }

    @override
    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Never called: `infer_relative_search_space` leaves nothing out."""
        raise NotImplementedError(param_name)

    def stands_at(self, finished: Sequence[FrozenTrial]) -> FrozenTrial | None:
        """The trial that was accepted last; one that was pruned never is.

        Args:
            finished: Complete and pruned trials, the first one first.
        """
        here = None
        for place, trial in enumerate(finished):
            if trial.state is not TrialState.COMPLETE:
                continue
            chance = np.random.default_rng((self._seed, place, 1)).random()
            if here is None or accepts(trial.values[0] - here.values[0], self.temperature(place), chance):
                here = trial
        return here

    def temperature(self, place: int) -> float:
        """The temperature at a trial, counted from 0: it falls by the same ratio from each one to the next."""
        return _cooled(FIRST_TEMPERATURE, LAST_TEMPERATURE, self._part(place))

    def _part(self, place: int) -> float:
        return min(1.0, place / max(1, self._trials - 1))


def accepts(gain: float, temperature: float, chance: float) -> bool:
    """Whether a step is taken: Metropolis' rule.

    Args:
        gain: By how much the new place is better; negative where it is worse.
        temperature: In the same unit, above 0.
        chance: A random number, evenly from 0 to 1.
    """
    return gain >= 0 or chance < math.exp(gain / temperature)


def _cooled(first: float, last: float, part: float) -> float:
    """From `first` to `last` by equal ratios, as Kirkpatrick et al. lower the temperature."""
    return first * math.pow(last / first, part)
