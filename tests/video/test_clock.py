"""Time stamps that can be relied on."""

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
def test_stamps_that_increase_pass_untouched(given: list[int]) -> None:
    clock = Clock(TICK, Fraction(25))
    assert [clock.stamp(pts) for pts in given] == given
    assert clock.moved == 0


@given(
    st.lists(st.none() | st.integers(-(10**6), 10**6)), st.sampled_from([None, Fraction(25), Fraction(30_000, 1001)])
)
def test_whatever_comes_time_goes_on(given: list[int | None], rate: Fraction | None) -> None:
    assert all(earlier < later for earlier, later in itertools.pairwise(stamps(*given, rate=rate)))


def test_a_missing_stamp_comes_a_frame_after_the_one_before() -> None:
    assert stamps(0, None, None, 120) == [0, 40, 80, 120]


def test_the_frame_s_own_duration_comes_before_the_rate() -> None:
    clock = Clock(TICK, Fraction(25))
    assert [clock.stamp(0), clock.stamp(None, duration=15)] == [0, 15]


def test_a_first_stamp_that_is_missing_is_the_stream_s_start() -> None:
    clock = Clock(TICK, Fraction(25), start=500)
    assert [clock.stamp(None), clock.stamp(None)] == [500, 540]


def test_a_small_step_back_moves_that_frame_alone() -> None:
    assert stamps(0, 80, 40, 120) == [0, 80, 81, 120]
    assert stamps(0, 40, 40, 80) == [0, 40, 41, 80]


def test_a_clock_that_begins_anew_goes_on_from_where_it_was() -> None:
    assert stamps(0, 5000, 0, 40, 5000) == [0, 5000, 5040, 5080, 10040]


def test_a_jump_forward_is_believed() -> None:
    assert stamps(0, 40, 60_000) == [0, 40, 60_000]


@pytest.mark.parametrize(("given", "moved"), [((0, 40, None), 0), ((0, 40, 40), 1), ((0, 5000, 0, 40), 2)])
def test_what_was_moved_is_counted_and_what_was_missing_is_not(given: tuple[int | None, ...], moved: int) -> None:
    clock = Clock(TICK, Fraction(25))
    for pts in given:
        clock.stamp(pts)
    assert clock.moved == moved


def test_a_clock_of_arrivals_never_stands_still() -> None:
    clock = ArrivalClock()
    assert [clock.stamp(arrived) for arrived in (5.0, 5.0, 5.0, 6.0)] == [0, 1, 2, 1_000_000]
