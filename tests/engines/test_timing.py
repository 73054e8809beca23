"""Timing of calls, with a clock that the engines themselves advance."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fervid.engines.measure.timing import BATCH, TURN, WARM_UP, Timing, images_per_second, make_batch, take_turns
from fervid.testing import FakeEngine

FACES = np.zeros((5, 1, 48, 48), np.uint8)


class Clock:
    """A clock that stands still until an engine works."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.calls: list[str] = []

    def __call__(self) -> float:
        return self.seconds


class Slow(FakeEngine):
    """An engine that takes a given number of seconds for each call."""

    def __init__(self, clock: Clock, name: str, seconds: float = 1.0) -> None:
        super().__init__()
        self.clock, self.name, self.takes = clock, name, seconds

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.clock.seconds += self.takes
        self.clock.calls.append(self.name)
        return super().classify(crops)


def test_each_engine_is_timed_by_its_own_calls() -> None:
    clock = Clock()
    timings = take_turns([Slow(clock, "a", 1.0), Slow(clock, "b", 3.0)], FACES, 4, clock)
    assert [timing.seconds for timing in timings] == [(1.0,) * 4, (3.0,) * 4]
    assert [timing.faces for timing in timings] == [5, 5]


def test_engines_take_turns_and_warm_up_before_each() -> None:
    clock = Clock()
    first, second = take_turns([Slow(clock, "a"), Slow(clock, "b")], FACES, TURN + 2, clock)
    long, short = WARM_UP + TURN, WARM_UP + 2
    assert "".join(clock.calls) == "a" * long + "b" * long + "a" * short + "b" * short
    assert len(first.seconds) == len(second.seconds) == TURN + 2


def test_warming_up_does_not_count() -> None:
    clock = Clock()
    engine = Slow(clock, "a")
    engine.takes = 9.0

    def now() -> float:
        engine.takes = 9.0 if len(clock.calls) < WARM_UP else 1.0
        return clock()

    (timing,) = take_turns([engine], FACES, 2, now)
    assert timing.seconds == (1.0, 1.0)


def test_a_single_figure_is_that_of_the_fastest_call() -> None:
    clock = Clock()
    engine = Slow(clock, "a")

    def now() -> float:
        engine.takes = 4.0 if len(clock.calls) == 7 else 5.0
        return clock()

    assert images_per_second(engine, FACES, now) == BATCH / 4
    assert set(engine.batches) == {BATCH}


def test_the_statistics() -> None:
    timing = Timing(8, (0.004, 0.001, 0.003, 0.002, 0.100))
    assert timing.median == 0.003
    assert timing.percentile(0) == 0.001
    assert timing.percentile(100) == 0.100
    assert timing.percentile(25) == pytest.approx(0.002)
    assert timing.percentile(95) == pytest.approx(0.004 + 0.8 * 0.096)
    assert timing.faces_per_second == pytest.approx(8 / 0.003)
    assert timing.speed_up(Timing(8, (0.009,))) == pytest.approx(3.0)
    assert json.loads(json.dumps(timing.document())) == {
        "batch": 8,
        "calls": 5,
        "median_ms": 3.0,
        "p5_ms": 1.2,
        "p95_ms": 80.8,
        "faces_per_second": 2666.7,
    }


@given(st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=50))
def test_percentiles_are_in_order(seconds: list[float]) -> None:
    timing = Timing(1, tuple(seconds))
    assert min(seconds) <= timing.percentile(5) <= timing.percentile(50) <= timing.percentile(95) <= max(seconds)
    assert timing.percentile(50) == pytest.approx(timing.median)


@pytest.mark.parametrize(("available", "wanted"), [(1, 4), (3, 4), (4, 4), (9, 4)])
def test_few_faces_are_repeated(available: int, wanted: int) -> None:
    faces = np.arange(available, dtype=np.uint8)[:, None, None, None].repeat(2, 2)
    assert make_batch(faces, wanted)[:, 0, 0, 0].tolist() == [index % available for index in range(wanted)]
    assert make_batch(faces, wanted).shape == (wanted, 1, 2, 1)
