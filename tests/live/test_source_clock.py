"""The clock of a source between its frames."""

from __future__ import annotations

import pytest

from fervid.live.source_clock import SourceClock


def test_before_the_first_frame_there_is_no_time() -> None:
    assert SourceClock().at(5.0) is None


def test_a_frame_that_arrives_late_does_not_put_the_clock_back() -> None:
    clock = SourceClock()
    for number, delay in enumerate([0.2, 0.0, 0.0, 0.25, 0.1]):
        clock.follow(40 + number / 25, 100 + number / 25 + delay)
    assert clock.at(100.5) == pytest.approx(40.5)


def test_a_clock_that_goes_slower_is_followed() -> None:
    """By one part in a thousand: after a minute, the promptest frame of the last ten seconds counts."""
    clock = SourceClock()
    for number in range(60 * 25):
        clock.follow(number / 25, 100 + number / 25 * 1.001)
    assert clock.at(160.06) == pytest.approx(60, abs=0.011)
