"""Several live sources on one clock: times can be compared, whatever each source counts by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import pytest
from support.clips import grey

from fervid.core.clock_offset import WINDOW_S
from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.sources.common_clock import CommonClock, OnClock


class Arriving(Closing):
    """A source whose frames have times of their own and arrive at given moments.

    Args:
        frames: For each frame its own time and the moment at which it arrives, in seconds.
    """

    name = "tcp://camera"
    undecodable = 0
    arrived = 0.0

    def __init__(self, frames: Sequence[tuple[float, float]]) -> None:
        self._frames = frames

    def __iter__(self) -> Iterator[Frame]:
        for index, (own, arrived) in enumerate(self._frames):
            self.arrived = arrived
            yield Frame(grey(9), index, round(own * 90_000), Fraction(1, 90_000))

    def stop(self) -> None: ...

    def close(self) -> None: ...


def times(frames: Sequence[tuple[float, float]], zero: float = 1000.0) -> list[float]:
    """The times of frames on a clock that began at `zero`."""
    with OnClock(Arriving(frames), CommonClock(now=lambda: zero)) as source:
        return [round(frame.time, 6) for frame in source]


def test_times_count_from_the_zero_of_the_clock_at_the_pace_of_the_source() -> None:
    assert times([(77.0, 1002.5), (77.1, 1002.63), (77.2, 1002.71)]) == [2.5, 2.6, 2.7]


def test_frames_that_waited_in_a_buffer_have_the_times_of_their_arrival() -> None:
    frames = [(at / 10, max(1001.0 + at / 1000, 1000.0 + at / 10)) for at in range(20)]
    found = times(frames)
    assert found[:10] == [round(1.0 + at / 1000, 6) for at in range(10)]
    assert found[11:] == [round(at / 10, 6) for at in range(11, 20)]


@pytest.mark.parametrize("pace", [0.9995, 1.0005])
def test_a_source_whose_clock_is_slow_or_fast_stays_with_the_others(pace: float) -> None:
    """By half a thousandth, which is more than that of any camera, for an hour."""
    frames = [(at * pace, 1000.0 + at) for at in range(3600)]
    found = times(frames)
    assert max(abs(time - at) for at, time in enumerate(found)) < 0.0005 * (WINDOW_S + 1)


def test_a_source_that_pauses_comes_back_to_the_present_within_seconds() -> None:
    """Its own time stood still meanwhile, as where a video was stopped and continued."""
    frames = [(at / 10, 1000.0 + at / 10 + (5.0 if at >= 50 else 0.0)) for at in range(300)]
    found = times(frames)
    assert found[49] == 4.9
    assert found[-1] == pytest.approx(29.9 + 5.0)


def test_every_time_is_later_than_the_one_before() -> None:
    found = times([(0.0, 1000.0), (0.1, 1000.0), (0.2, 1000.0), (0.3, 1000.3)])
    assert sorted(set(found)) == found
