"""Parts of a picture, as people write them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.canvas import Canvas, Placement
from fervid.core.geometry import Box, Point
from fervid.core.regions import Region, Regions, are_empty_or_hold
from fervid.errors import UsageError
from fervid.run.option_flags import with_flags
from fervid.settings import Settings

HD = Canvas(1280, 720)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("320,0,640,720", Box(320, 0, 640, 720)),
        ("10%,0,50%,100%", Box(128, 0, 640, 720)),
        (" 10 % , 0.5, 50.0%,100%", Box(128, 0.5, 640, 720)),
        ("100,0,100%,100%", Box(100, 0, 1280, 720)),
    ],
)
def test_a_region_is_in_pixels_or_per_cent(text: str, box: Box) -> None:
    assert Region.parse(text).box(HD) == pytest.approx(box)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0,0,5,5", ["0,0,5,5"]),
        ([(0, 0, 320, 240)], ["0,0,320,240"]),
        ([["10%", 0, "50%", 7.5], "1,2,3,4"], ["10%,0,50%,7.5", "1,2,3,4"]),
        ([], []),
    ],
)
def test_a_program_gives_texts_or_numbers(value: Any, expected: list[str]) -> None:
    assert list(map(str, Settings(regions=value).regions)) == expected


@pytest.mark.parametrize(
    "value",
    [
        "",
        "left",
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,0",
        "100%,0,5,5",
        "-1,0,5,5",
        "1e3,0,5,5",
        "nan,0,5,5",
        "9" * 5000 + ",0,1,1",
        (0, 0, 320, 240),
        [(0, 0, 320)],
        [(0, 0, -1, 5)],
        [(0, 0, float("nan"), 5)],
        [(0, 0, True, 5)],
        [None],
        None,
        7,
        [(0, 0, 5, 5)] * 101,
    ],
)
def test_anything_else_is_refused_in_one_line(value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Settings(regions=value)
    line = with_flags(caught.value)
    assert line.startswith("--region takes rectangles X,Y,W,H in pixels or per cent, such as 10%,0,50%,100%, not ")
    assert len(line) < 300


LENGTHS = st.integers(0, 10**6) | st.floats(0, 99.9).map(lambda share: f"{share:.3f}%")
SIDES = st.integers(1, 10**6) | st.floats(0.1, 200).map(lambda share: f"{share:.3f}%")


@given(st.lists(st.tuples(LENGTHS, LENGTHS, SIDES, SIDES), max_size=5))
def test_what_is_printed_is_read_again(values: list[tuple[Any, ...]]) -> None:
    regions = Regions.of(values)
    assert Regions.of([str(region) for region in regions]) == regions
    assert Settings(regions=regions).regions == regions


def test_a_region_outside_the_picture_is_named_with_its_size() -> None:
    regions = Regions.of(["0,0,10,10", "1280,0,10,10"])
    with pytest.raises(UsageError) as caught:
        regions.check(HD, "'clip.mp4'")
    assert str(caught.value) == (
        "the region 1280,0,10,10 lies outside 'clip.mp4', which is 1280x720; "
        "give X,Y,W,H in pixels of that size, or in per cent"
    )
    regions.check(Canvas(1281, 720), "'clip.mp4'")


def test_pixels_are_those_of_the_canvas_whatever_the_size_of_the_frame() -> None:
    small = Canvas(320, 180)
    (box,) = Regions.of("640,360,320,180").boxes(HD, HD.place(small))
    assert box == Box(160, 90, 80, 45)
    narrow = Canvas(720, 720, Fraction(1))
    place = HD.place(narrow)
    assert place.back(place.box(Box(10, 20, 30, 40))) == Box(10, 20, 30, 40)
    assert Placement().back(Box(1, 2, 3, 4)) == Box(1, 2, 3, 4)


def test_a_point_lies_in_any_of_several_boxes() -> None:
    boxes = [Box(0, 0, 10, 10), Box(20, 0, 10, 10)]
    assert [are_empty_or_hold(boxes, Point(x, 5)) for x in (0, 9, 10, 15, 20, 30)] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]
    assert are_empty_or_hold(boxes, Point(15, 5), margin=6)
    assert are_empty_or_hold([], Point(15, 5))
