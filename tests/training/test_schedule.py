"""The learning rate of every step follows from the recipe, the step and the losses so far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.training.recipe import SCHEDULES, Recipe
from fervid.training.schedule import cosine, drops, one_cycle, rate, triangle


def test_one_cycle_rises_and_falls() -> None:
    rates = [one_cycle(step, 100, 0.5, 0.2) for step in range(100)]
    assert rates[0] == pytest.approx(0.5 / 25)
    assert max(rates) == rates[20] == pytest.approx(0.5)
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert 0 < rates[-1] < 0.001


def test_cosine_warms_up_and_falls() -> None:
    rates = [cosine(step, 100, 0.5, 0.1) for step in range(100)]
    assert rates[:10] == pytest.approx([0.05 * (step + 1) for step in range(10)])
    assert max(rates) == 0.5
    assert rates[10:] == sorted(rates[10:], reverse=True)


def test_triangles_repeat() -> None:
    rates = [triangle(step, 10, 0.5) for step in range(30)]
    assert rates[:10] == rates[10:20] == rates[20:]
    assert min(rates) == rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[5] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("losses", "count"),
    [((), 0), ((3, 2, 1), 0), ((1, 2), 0), ((1, 2, 2), 1), ((1, 2, 0.5, 2), 0), ((1, 1, 1, 1, 1), 2)],
)
def test_a_plateau_drops_after_two_epochs_without_progress(losses: tuple[float, ...], count: int) -> None:
    assert drops(losses, patience=2) == count


def test_steps_and_plateaus_multiply(recipe: Recipe) -> None:
    stepped = recipe.replace(schedule="step", rate=0.1, period=2, factor=0.5, epochs=6)
    assert [rate(stepped, step, 1, ()) for step in range(6)] == pytest.approx([0.1, 0.1, 0.05, 0.05, 0.025, 0.025])
    plateau = recipe.replace(schedule="plateau", rate=0.1, period=1, factor=0.1)
    assert rate(plateau, 7, 2, (1.0, 2.0, 3.0)) == pytest.approx(0.001)


def test_a_constant_rate(recipe: Recipe) -> None:
    constant = recipe.replace(schedule="constant", rate=0.001)
    assert {rate(constant, step, 3, ()) for step in range(6)} == {0.001}


@given(st.sampled_from(SCHEDULES), st.integers(1, 30), st.integers(1, 9), st.data())
def test_no_rate_is_above_the_highest(schedule: str, epochs: int, batches: int, data: st.DataObject) -> None:
    recipe = Recipe(name="any", network="fcnn", epochs=epochs, schedule=schedule, rate=0.3)
    step = data.draw(st.integers(0, epochs * batches - 1))
    losses = data.draw(st.lists(st.floats(0, 5), min_size=step // batches, max_size=step // batches))
    assert 0 <= rate(recipe, step, batches, losses) <= 0.3 * (1 + 1e-9)
