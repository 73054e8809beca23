"""Samplers, which propose the next trial, by name."""

from __future__ import annotations

import numpy as np
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from fervid.training.tune.annealing import Annealing
from fervid.training.tune.space import Space


def create(name: str, space: Space, *, trials: int, done: int, seed: int) -> BaseSampler:
    """Return the sampler for one trial.

    Each trial has its own sampler, seeded by the study's seed and the trial's number, so a resumed study makes the same
    proposals as an uninterrupted one.

    Args:
        name: ``tpe`` is the tree-structured Parzen estimator (Bergstra et al. 2011), ``random`` is random search
            (Bergstra and Bengio 2012), ``annealing`` is simulated annealing (Kirkpatrick et al. 1983).
        space: The parameters to vary.
        trials: The number of trials of the study.
        done: The number of finished trials.
        seed: The seed of the study.
    """
    if name == "annealing":
        return Annealing(space, trials, seed)
    own_seed = int(np.random.SeedSequence((seed, done)).generate_state(1)[0])
    return RandomSampler(own_seed) if name == "random" else TPESampler(seed=own_seed)
