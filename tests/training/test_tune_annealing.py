"""Simulated annealing walks as Kirkpatrick et al. describe it: uphill always, downhill while it is hot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import FrozenTrial, TrialState, create_trial

from fervid.training.tune.annealing import FIRST_TEMPERATURE, LAST_TEMPERATURE, Annealing, accepts
from fervid.training.tune.parameter import Choices, Range
from fervid.training.tune.space import Space, distributions

SPACE: Space = {
    "rate": Range(low=1e-4, high=1.0, log=True),
    "epochs": Range(low=5, high=40, whole=True),
    "optimizer": Choices(("sgd", "adam", "adamw")),
}


def accuracy(values: dict[str, Any]) -> float:
    """Best at a rate of 0.01, 30 epochs and adamw."""
    loss = 0.04 * math.log10(values["rate"] / 0.01) ** 2 + 0.0002 * (values["epochs"] - 30) ** 2
    return 0.7 - loss - 0.03 * (values["optimizer"] != "adamw")


def walk(seed: int, trials: int = 30, judge: Callable[[dict[str, Any]], float] = accuracy) -> list[FrozenTrial]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=Annealing(SPACE, trials, seed))
    for _ in range(trials):
        trial = study.ask(distributions(SPACE))
        study.tell(trial, judge(trial.params))
    return study.trials


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_the_region_of_the_optimum(seed: int) -> None:
    trials = walk(seed)
    values = [trial.values[0] for trial in trials]
    assert max(values) > 0.66
    assert np.mean(values[-8:]) > np.mean(values[:8]), "it ends where it is better than where it began"


@given(seed=st.integers(0, 2**31 - 1))
def test_it_stays_within_the_bounds(seed: int) -> None:
    for trial in walk(seed, trials=8, judge=lambda _: 0.5):
        assert all(trial.params[key] in parameter for key, parameter in SPACE.items())
        assert isinstance(trial.params["epochs"], int)


def test_one_seed_gives_one_walk() -> None:
    assert [trial.params for trial in walk(4, 10)] == [trial.params for trial in walk(4, 10)]
    assert walk(4, 2)[0].params != walk(5, 2)[0].params


def test_each_step_moves_something_and_leaves_from_where_the_walk_stands() -> None:
    sampler = Annealing(SPACE, 30, 6)
    trials = walk(6)
    for place in range(1, len(trials)):
        here = sampler.current(trials[:place])
        assert here is not None
        moved = {key for key in SPACE if trials[place].params[key] != here.params[key]}
        assert moved


def test_the_temperature_falls_by_one_ratio() -> None:
    sampler = Annealing(SPACE, 10, 0)
    temperatures = [sampler.temperature(place) for place in range(12)]
    assert temperatures[0] == pytest.approx(FIRST_TEMPERATURE)
    assert temperatures[9:] == pytest.approx([LAST_TEMPERATURE] * 3), "a study that goes on longer stays cold"
    assert np.ptp(np.divide(temperatures[1:10], temperatures[:9])) < 1e-12
    assert Annealing(SPACE, 1, 0).temperature(0) == FIRST_TEMPERATURE


@given(gain=st.floats(0, 1), temperature=st.floats(1e-6, 1), chance=st.floats(0, 1, exclude_max=True))
def test_a_better_place_is_always_accepted(gain: float, temperature: float, chance: float) -> None:
    assert accepts(gain, temperature, chance)


def test_a_worse_place_is_accepted_as_often_as_metropolis_says() -> None:
    chances = np.linspace(0, 1, 10_000, endpoint=False)
    for loss, temperature in ((0.05, 0.05), (0.02, 0.01), (0.3, 0.01)):
        part = np.mean([accepts(-loss, temperature, chance) for chance in chances])
        assert part == pytest.approx(math.exp(-loss / temperature), abs=1e-3)


def test_a_pruned_trial_is_never_accepted() -> None:
    values = {"rate": 0.1, "epochs": 10, "optimizer": "sgd"}

    def made(state: TrialState, value: float) -> FrozenTrial:
        return create_trial(state=state, value=value, params=values, distributions=distributions(SPACE))

    low, pruned = made(TrialState.COMPLETE, 0.3), made(TrialState.PRUNED, 0.9)
    sampler = Annealing(SPACE, 30, 0)
    assert sampler.current([pruned]) is None
    assert sampler.current([low, pruned]) is low


@given(
    low=st.floats(1e-6, 1e3),
    ratio=st.floats(1.001, 1e6),
    part=st.floats(0, 1),
    width=st.floats(0.001, 5),
    log=st.booleans(),
    seed=st.integers(0, 99),
)
def test_a_neighbour_is_in_the_range(low: float, ratio: float, part: float, width: float, log: bool, seed: int) -> None:
    numbers = Range(low=low, high=low * ratio, log=log)
    value = numbers.low + part * (numbers.high - numbers.low)
    assert numbers.near(value, width, np.random.default_rng(seed)) in numbers


@given(low=st.integers(-50, 50), span=st.integers(1, 60), data=st.data(), seed=st.integers(0, 99))
def test_a_neighbour_of_a_whole_number_is_another_one(low: int, span: int, data: st.DataObject, seed: int) -> None:
    numbers = Range(low=low, high=low + span, whole=True)
    value = data.draw(st.integers(low, low + span))
    near = numbers.near(value, 0.05, np.random.default_rng(seed))
    assert near in numbers
    assert near != value
    assert isinstance(near, int)


def test_narrow_steps_stay_near() -> None:
    numbers = Range(low=0.001, high=1.0, log=True)
    chance = np.random.default_rng(1)
    ratios = [abs(math.log10(numbers.near(0.03, 0.05, chance) / 0.03)) for _ in range(200)]
    assert np.mean(ratios) == pytest.approx(0.05 * 3 * math.sqrt(2 / math.pi), rel=0.2)


def test_among_choices_every_other_one_is_as_near() -> None:
    chance = np.random.default_rng(1)
    found = [Choices(("a", "b", "c")).near("a", 0.01, chance) for _ in range(400)]
    assert set(found) == {"b", "c"}
    assert 150 < found.count("b") < 250
