"""Frames are told when they were taken on a clock that is not their own."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.outlets.frame_clock import FrameClock


class Clocks:
    """The clock of a receiver, which is 5000 seconds ahead of this machine's."""

    def __init__(self) -> None:
        self.now = 100.0
        self.clock = FrameClock(lambda: self.now + 5000, lambda: self.now)

    def taken(self, own: float, arrived: float, analysed: float | None = None) -> float:
        self.now = arrived if analysed is None else analysed
        return self.clock.time_of(own, arrived)


def test_the_distances_between_frames_are_their_own_however_late_they_arrive() -> None:
    clocks = Clocks()
    delays = [0.010, 0.030, 0.012, 0.090, 0.011]
    times = [clocks.taken(n / 30, 100 + n / 30 + delay) for n, delay in enumerate(delays)]
    assert times == pytest.approx([5100.010 + n / 30 for n in range(5)], abs=1e-9)


def test_the_time_of_the_analysis_does_not_count() -> None:
    clocks = Clocks()
    assert clocks.taken(0.0, 100.0, analysed=100.7) == pytest.approx(5100.0)


def test_any_time_can_be_told_as_soon_as_a_frame_has_come() -> None:
    clocks = Clocks()
    assert clocks.clock.at(3.0) == 5100.0
    clocks.taken(1.0, 100.5)
    assert clocks.clock.at(3.0) == pytest.approx(5102.5)


def test_a_first_frame_that_was_late_is_corrected_by_the_next_ones() -> None:
    clocks = Clocks()
    assert clocks.taken(0.0, 101.0) == pytest.approx(5101.0)
    assert clocks.taken(0.5, 101.1) == pytest.approx(5101.1)
    assert clocks.taken(1.1, 101.1) == pytest.approx(5101.1)
    assert clocks.taken(1.2, 101.3) == pytest.approx(5101.2)


@pytest.mark.parametrize("drift", [-100e-6, 100e-6])
def test_clocks_that_drift_apart_stay_together_for_hours(drift: float) -> None:
    clocks = Clocks()
    for minute in range(0, 3 * 60):
        for frame in range(20):
            own = minute * 60 + 3 * frame
            arrived = 100 + own * (1 + drift)
            assert clocks.taken(own, arrived) == pytest.approx(arrived + 5000, abs=0.0015)


@given(st.lists(st.tuples(st.floats(0.001, 10), st.floats(0, 10)), max_size=40))
def test_times_never_go_back_and_no_frame_is_taken_after_it_arrived(steps: list[tuple[float, float]]) -> None:
    clocks = Clocks()
    own = arrived = 0.0
    times = []
    for step, wait in steps:
        own, arrived = own + step, arrived + wait
        times.append(clocks.taken(own, 100 + arrived))
        assert times[-1] <= 5100 + arrived + 1e-6
    assert all(later >= earlier - 1e-6 for earlier, later in itertools.pairwise(times))
