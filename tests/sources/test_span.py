"""Parts of a source between a start and an end."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.timecodes import Timecode
from fervid.sources.span import Span

RATE = Fraction(25)
places = st.none() | st.builds(Timecode, frame=st.integers(0, 200)) | st.builds(Timecode, seconds=st.floats(0, 8))


def test_a_span_without_start_and_end_has_everything() -> None:
    assert Span().has_begun(0, 0.0)
    assert not Span().has_ended(10**9, 1e9)
    assert Span().frame_count(100, RATE) == 100


def test_the_start_is_included_and_the_end_is_not() -> None:
    span = Span(Timecode(frame=2), Timecode(frame=4))
    inside = [span.has_begun(n, 0.0) and not span.has_ended(n, 0.0) for n in range(6)]
    assert inside == [False, False, True, True, False, False]


@given(places, places, st.integers(0, 150))
def test_the_expected_number_of_frames_is_right_at_a_constant_rate(
    start: Timecode | None, end: Timecode | None, total: int
) -> None:
    span = Span(start, end)
    come = sum(span.has_begun(n, n / 25) and not span.has_ended(n, n / 25) for n in range(total))
    expected = span.frame_count(total, RATE)
    assert expected is not None
    assert abs(expected - come) <= 1
    assert 0 <= expected <= total


@pytest.mark.parametrize("rate", [RATE, None])
def test_an_unknown_total_stays_unknown(rate: Fraction | None) -> None:
    assert Span(Timecode(frame=3)).frame_count(None, rate) is None
