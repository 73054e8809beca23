"""The spans of frames: exact times, varying frame rates, gaps left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.durations import Span, Spans


def spans(times: list[float]) -> list[Span[int]]:
    found: Spans[int] = Spans()
    return [*(span for index, time in enumerate(times) for span in found.add(time, index)), *found.rest()]


def durations(times: list[float]) -> list[float]:
    return [span.seconds for span in spans(times)]


def test_a_frame_ends_exactly_where_the_next_one_begins_whatever_the_frame_rate() -> None:
    times = [0.0, 0.04, 0.05, 0.25, 1.2, 1.24]
    found = spans(times)
    assert [span.start for span in found] == times
    assert [span.end for span in found[:-1]] == times[1:]
    assert found[-1].seconds == pytest.approx(0.04)
    assert [span.breaks for span in found] == [False] * 5 + [True]


def test_a_frame_before_a_gap_lasts_as_long_as_usual() -> None:
    found = spans([0.0, 0.04, 0.08, 100.08, 100.12, 200.12])
    assert [round(span.seconds, 6) for span in found] == [0.04] * 6
    assert [span.breaks for span in found] == [False, False, True, False, True, True]


def test_a_gap_at_the_beginning_is_known_once_others_follow() -> None:
    assert durations([0.0, 60.0, 60.04, 60.08]) == pytest.approx([0.04] * 4)


def test_a_pause_of_a_second_or_of_five_usual_intervals_is_no_gap() -> None:
    assert durations([0.0, 0.04, 0.08, 1.08]) == pytest.approx([0.04, 0.04, 1.0, 1.0])
    assert durations([0.0, 2.0, 4.0, 14.0, 16.0]) == pytest.approx([2.0, 2.0, 10.0, 2.0, 2.0])
    assert durations([0.0, 2.0, 4.0, 14.1, 16.1]) == pytest.approx([2.0, 2.0, 2.0, 2.0, 2.0])


def test_the_usual_interval_follows_a_frame_rate_that_changes() -> None:
    times = [n / 25 for n in range(50)] + [2 + 10 * n for n in range(1, 40)]
    assert durations(times)[-20:] == [10.0] * 20


def test_two_frames_alone_do_not_make_their_distance_usual() -> None:
    assert durations([0.0, 100.0]) == [0.04, pytest.approx(0.04)]
    assert durations([0.0, 0.5]) == [0.5, 0.5]
    assert durations([3.0]) == [pytest.approx(0.04)]
    assert durations([]) == []


def test_a_clock_that_stands_after_a_gap_holds_nothing_back() -> None:
    found: Spans[int] = Spans()
    assert sum(len(list(found.add(time, 0))) for time in [0.0, *[100.0] * 1000]) > 980


def test_a_clock_that_jumps_back_or_stands_takes_no_time_away() -> None:
    found = spans([5.0, 1.0, 2.0, 2.0, 3.0])
    assert [span.seconds for span in found] == [0.0, 1.0, 0.0, 1.0, 1.0]
    assert [span.breaks for span in found] == [True, False, False, False, True]


@given(st.lists(st.floats(-1, 20) | st.just(0.04), max_size=60))
def test_few_frames_wait_and_each_comes_once_in_order(steps: list[float]) -> None:
    found: Spans[int] = Spans()
    time, seen = 0.0, []
    for index, step in enumerate(steps):
        time += step
        seen += [span.item for span in found.add(time, index)]
        assert index - len(seen) < 16
        assert list(found.rest()) == list(found.rest())
    seen += [span.item for span in found.rest()]
    assert seen == list(range(len(steps)))
