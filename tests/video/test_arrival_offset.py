"""The difference between two clocks, from arrivals that are late by different times."""

from __future__ import annotations

import random

import pytest

from fervid.video.arrival_offset import ArrivalOffset

APART = 1234.5


def test_it_is_unknown_before_the_first_arrival() -> None:
    assert ArrivalOffset().seconds is None


@pytest.mark.parametrize("drift", [-200e-6, 0.0, 200e-6])
def test_it_follows_the_clock_of_the_sender_whatever_the_delays(drift: float) -> None:
    offset, delays = ArrivalOffset(), random.Random(1)
    for place in range(60 * 50):
        time = place / 50
        offset.observe(time, time * (1 + drift) + APART + delays.expovariate(1 / 0.02))
    assert offset.seconds == pytest.approx(APART + 60 * drift, abs=0.003)


def test_a_sender_that_has_lost_a_second_is_noticed_within_three() -> None:
    offset = ArrivalOffset()
    for place in range(13 * 50):
        time = place / 50
        offset.observe(time if time < 10 else time - 1, time + APART)
    assert offset.seconds == pytest.approx(APART + 1)


def test_late_arrivals_of_a_moment_change_nothing() -> None:
    offset = ArrivalOffset()
    for place in range(8 * 50):
        time = place / 50
        offset.observe(time, time + APART + (0.5 if 4 < time < 5 else 0))
    assert offset.seconds == pytest.approx(APART)
