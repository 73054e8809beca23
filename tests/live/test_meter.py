"""Rate and latency over the last seconds, in bounded memory."""

from __future__ import annotations

import pytest

from fervid.live.meter import Meter, MeterReading


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def show(meter: Meter, clock: Clock, latencies: list[float], every: float) -> None:
    for latency in latencies:
        clock.now += every
        meter.add(clock.now - latency)


def test_nothing_shown_is_no_rate() -> None:
    assert Meter().read() == MeterReading()


def test_rate_median_and_worst_of_a_hundred() -> None:
    clock = Clock()
    meter = Meter(now=clock)
    show(meter, clock, [0.010] * 98 + [0.050, 0.090], every=0.04)
    reading = meter.read(dropped=3)
    assert reading.rate == pytest.approx(25)
    assert reading.latency == pytest.approx(0.010)
    assert reading.latency_p99 == pytest.approx(0.050)
    assert (reading.shown, reading.dropped) == (100, 3)


def test_what_is_long_past_is_forgotten() -> None:
    clock = Clock()
    meter = Meter(window=2.0, now=clock)
    show(meter, clock, [0.5] * 100, every=0.1)
    show(meter, clock, [0.01] * 100, every=0.05)
    reading = meter.read()
    assert reading.latency_p99 == pytest.approx(0.01)
    assert reading.rate == pytest.approx(20)
    clock.now += 10
    assert meter.read() == MeterReading(shown=200)


def test_a_stall_shows_in_the_rate_at_once() -> None:
    clock = Clock()
    meter = Meter(now=clock)
    show(meter, clock, [0.01] * 20, every=0.1)
    assert meter.read().rate == pytest.approx(10)
    clock.now += 2.0
    assert meter.read().rate < 6


def test_memory_is_bounded_however_fast_pictures_come() -> None:
    clock = Clock()
    meter = Meter(now=clock)
    show(meter, clock, [0.001] * 10_000, every=1e-5)
    assert len(meter._shown) < 3000
    assert meter.read().shown == 10_000
