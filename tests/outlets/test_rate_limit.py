"""A limit to the rate keeps frames at even distances."""

from __future__ import annotations

import pytest

from fervid.outlets.rate_limit import RateLimit


@pytest.mark.parametrize(("source", "limit"), [(30, 10), (30, 20), (60, 30), (25, 24), (30, 0.5)])
def test_the_rate_is_the_limit_on_average(source: int, limit: float) -> None:
    chosen = RateLimit(limit)
    assert sum(chosen.is_due(n / source) for n in range(10 * source)) == pytest.approx(10 * limit, abs=1)


@pytest.mark.parametrize("limit", [None, 30, 31])
def test_a_source_that_is_not_faster_loses_no_frame(limit: float | None) -> None:
    chosen = RateLimit(limit)
    assert all(chosen.is_due(round(n / 30, 3)) for n in range(300))


def test_a_gap_is_not_made_up_for() -> None:
    chosen = RateLimit(10)
    chosen.is_due(0)
    assert [chosen.is_due(time) for time in (5, 5.03, 5.06, 5.1)] == [True, False, False, True]
