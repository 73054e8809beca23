"""Timestamps: corrected where they are missing or do not increase."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.video.clock import ArrivalClock, Clock

TICK = Fraction(1, 1000)


def stamps(*given: int | None, rate: Fraction | None = Fraction(25)) -> list[int]:
    clock = Clock(TICK, rate)
    return [clock.stamp(pts) for pts in given]


@given(st.lists(st.integers(-(10**9), 10**9), unique=True).map(sorted))
def test_increasing_timestamps_are_kept(given: list[int]) -> None:
    clock = Clock(TICK, Fraction(25))
    assert [clock.stamp(pts) for pts in given] == given
    assert clock.moved == 0


@given(
    st.lists(st.none() | st.integers(-(10**6), 10**6)), st.sampled_from([None, Fraction(25), Fraction(30_000, 1001)])
)
def test_timestamps_always_increase(given: list[int | None], rate: Fraction | None) -> None:
    assert all(earlier < later for earlier, later in itertools.pairwise(stamps(*given, rate=rate)))


def test_a_missing_timestamp_comes_one_frame_after_the_one_before() -> None:
    assert stamps(0, None, None, 120) == [0, 40, 80, 120]


def test_the_duration_of_a_frame_takes_precedence_over_the_rate() -> None:
    clock = Clock(TICK, Fraction(25))
    assert [clock.stamp(0), clock.stamp(None, duration=15)] == [0, 15]


def test_a_missing_first_timestamp_is_the_start_of_the_stream() -> None:
    clock = Clock(TICK, Fraction(25), start=500)
    assert [clock.stamp(None), clock.stamp(None)] == [500, 540]


def test_a_small_step_back_moves_only_that_frame() -> None:
    assert stamps(0, 80, 40, 120) == [0, 80, 81, 120]
    assert stamps(0, 40, 40, 80) == [0, 40, 41, 80]


def test_time_goes_on_after_a_clock_restarts() -> None:
    assert stamps(0, 5000, 0, 40, 5000) == [0, 5000, 5040, 5080, 10040]


def test_a_jump_forward_is_kept() -> None:
    assert stamps(0, 40, 60_000) == [0, 40, 60_000]


@pytest.mark.parametrize(("given", "moved"), [((0, 40, None), 0), ((0, 40, 40), 1), ((0, 5000, 0, 40), 2)])
def test_moved_timestamps_are_counted_but_missing_ones_are_not(given: tuple[int | None, ...], moved: int) -> None:
    clock = Clock(TICK, Fraction(25))
    for pts in given:
        clock.stamp(pts)
    assert clock.moved == moved


def test_arrival_times_always_increase() -> None:
    clock = ArrivalClock()
    assert [clock.stamp(arrived) for arrived in (5.0, 5.0, 5.0, 6.0)] == [0, 1, 2, 1_000_000]
