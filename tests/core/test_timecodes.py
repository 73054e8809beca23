"""Places in a video as people write them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fervid.core.timecodes import Timecode, clock
from fervid.errors import UsageError

DAY = 86_400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90.0),
        ("90.5", 90.5),
        ("90s", 90.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1:30", 90.0),
        ("01:30.25", 90.25),
        ("00:01:30.500", 90.5),
        ("2:00:00", 7200.0),
        ("100:00:00", 360_000.0),
        ("  90s \n", 90.0),
    ],
)
def test_seconds_and_clock_times_are_read(text: str, seconds: float) -> None:
    assert Timecode.parse(text) == Timecode(seconds=seconds)


def test_a_frame_is_marked_by_its_f() -> None:
    assert Timecode.parse("2160f") == Timecode(frame=2160)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", ".", "s", "f", ":", "-1", "+1", "1e3", "inf", "nan", "1,5", "12.5f", "1 2", "1:60", "1:2:3:4"),
        *("0:60:00", "1:-5", "90ss", "0x10", "²", "9" * 5000, "9" * 5000 + "f", "9" * 5000 + ":00:00"),
    ],
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="is not a time code; write seconds"):
        Timecode.parse(text)


@given(st.text() | st.from_regex(r"[0-9:.sf]{0,12}", fullmatch=True))
@example("1" * 400)
@example("1" * 400 + ":00:00")
def test_no_text_leads_to_another_error(text: str) -> None:
    try:
        place = Timecode.parse(text)
    except UsageError:
        return
    assert (place.seconds is None) != (place.frame is None)


@given(st.integers(0, 10**12 - 1))
def test_every_frame_comes_back(frame: int) -> None:
    assert Timecode.parse(f"{frame}f") == Timecode(frame=frame)


@given(st.integers(0, 10**8))
def test_clock_and_parse_undo_each_other_to_a_millisecond(milliseconds: int) -> None:
    assert Timecode.parse(clock(milliseconds / 1000)).seconds == pytest.approx(milliseconds / 1000, abs=1e-6)


@given(st.floats(0, DAY))
@example(2.0015)
def test_the_frame_whose_time_was_printed_is_found_again(time: float) -> None:
    assert Timecode.parse(clock(time)).reached(0, time)
    assert Timecode.parse(f"{time:.3f}").reached(0, time)


@given(st.floats(0.01, DAY))
def test_a_frame_a_hundredth_of_a_second_earlier_is_not(time: float) -> None:
    assert not Timecode(seconds=time).reached(10**9, time - 0.01)


def test_a_frame_number_looks_at_the_index_alone() -> None:
    assert not Timecode(frame=10).reached(9, 1e9)
    assert Timecode(frame=10).reached(10, 0.0)


@pytest.mark.parametrize("both_or_none", [{}, {"seconds": 1.0, "frame": 1}])
def test_a_place_is_either_a_time_or_a_frame(both_or_none: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="either"):
        Timecode(**both_or_none)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0:00:00.000"), (7.1234, "0:00:07.123"), (59.9996, "0:01:00.000"), (3661.5, "1:01:01.500")],
)
def test_clock_shows_milliseconds(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


def test_clock_keeps_the_sign_of_a_container_that_begins_before_zero() -> None:
    assert clock(-0.5) == "-0:00:00.500"
