"""Places and close-ups: together they show every face, and what they show maps back to the picture."""

from __future__ import annotations

import itertools
from collections import Counter

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.detect.close_ups import WIDE, close_up, close_ups
from fervid.detect.coverage import PERIOD, QUIET_PERIOD, Cells, Coverage, Place, places, total_places
from fervid.detect.looks import Looks, Sight
from fervid.detect.tiles import Tile, is_whole
from fervid.testing import FakeDetector

NEAR, FAR = Sight(FakeDetector(), 0.12), Sight(FakeDetector(), 0.06)
SIZES = st.tuples(st.integers(160, 4000), st.integers(90, 2200))


@given(size=SIZES, smallest=st.sampled_from([25, 50]), with_far=st.booleans(), data=st.data())
def test_every_face_lies_whole_in_a_place_that_is_not_too_large_for_it(
    size: tuple[int, int], smallest: int, with_far: bool, data: st.DataObject
) -> None:
    width, height = size
    assume(max(size) <= (3 if with_far else 1.8) * min(size))
    side = data.draw(st.floats(smallest, max(smallest, min(size) - 2)))
    x = data.draw(st.floats(0, max(0.0, width - side)))
    y = data.draw(st.floats(0, max(0.0, height - side)))
    box = Box(x, y, side, side)

    def shows(place: Place) -> bool:
        left, top, reach = place.tile
        # Nearly: a place ends at whole pixels, and a hundredth of the overlap may be missing.
        inside = Tile(left - 10, top - 10, reach + 20)
        return is_whole(box, inside, width, height) and side >= 0.9 * place.sight.least * reach

    assert any(shows(place) for place in places(width, height, NEAR, FAR if with_far else None, smallest))


@given(size=SIZES, boxes=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(10, 400)), max_size=12))
def test_close_ups_show_each_face_once_with_room_around_it(
    size: tuple[int, int], boxes: list[tuple[float, float, int]]
) -> None:
    width, height = size
    faces = [Box(x * width - side / 2, y * height - side / 2, side, side) for x, y, side in boxes]
    squares = close_ups(faces, width, height)
    assert Counter(index for _, group in squares for index in group) == Counter(range(len(faces)))
    for tile, group in squares:
        for index in group:
            face = faces[index]
            assert tile.left <= face.centre.x <= tile.left + tile.side
            assert tile.top <= face.centre.y <= tile.top + tile.side
            assert tile.side <= max(WIDE * face.width, 3 * max(faces[other].width for other in group)) + 1


@given(size=SIZES, x=st.floats(0, 1), y=st.floats(0, 1), share=st.floats(0.01, 1))
def test_a_close_up_lies_inside_the_picture_as_far_as_it_fits(
    size: tuple[int, int], x: float, y: float, share: float
) -> None:
    width, height = size
    side = share * min(size)
    tile = close_up(Box(x * (width - side), y * (height - side), side, side), width, height)
    assert tile.left >= 0
    assert tile.top >= 0
    assert tile.left + tile.side <= max(width, tile.side)
    assert tile.top + tile.side <= max(height, tile.side)


@given(size=SIZES, y=st.floats(0, 1), share=st.floats(0.05, 0.3), inside=st.floats(0.5, 0.95), right=st.booleans())
def test_a_face_that_an_edge_cuts_lies_in_the_middle_of_its_close_up(
    size: tuple[int, int], y: float, share: float, inside: float, right: bool
) -> None:
    width, height = size
    side = share * min(size)
    x = width - inside * side if right else -(1 - inside) * side
    box = Box(x, y * (height - side), side, side)
    for one in (close_up(box, width, height), close_ups([box], width, height)[0][0]):
        assert one.left + one.side / 2 == pytest.approx(box.centre.x, abs=1)
        assert one.top + one.side / 2 == pytest.approx(box.centre.y, abs=1)


@given(size=SIZES, x=st.floats(-2, 3), y=st.floats(-2, 3), side=st.integers(1, 3000))
def test_a_close_up_always_shows_a_part_of_the_picture(size: tuple[int, int], x: float, y: float, side: int) -> None:
    width, height = size
    tile = close_up(Box(x * width, y * height, side, side), width, height)
    assert min(tile.left + tile.side, width) > max(tile.left, 0)
    assert min(tile.top + tile.side, height) > max(tile.top, 0)


class Corner(FakeDetector):
    """Finds one face, where the brightest pixel is its right eye and the second brightest its left."""

    def detect(self, image: object) -> list[Face]:
        grey = Pixels.of(image).grey.astype(int)  # type: ignore[arg-type]
        points = []
        for value in (255, 200):
            (y,), (x,) = np.nonzero(grey == value)
            points.append(Point(float(x) + 0.5, float(y) + 0.5))
        points.sort()
        left, top = points[0].x - 5, points[0].y - 5
        return [Face(Box(left, top, points[1].x - left + 5, 20.0), 0.9, tuple(points))]


@given(x=st.integers(30, 200), y=st.integers(20, 120), apart=st.integers(5, 40), mirrored=st.booleans())
def test_a_look_at_a_part_or_at_its_mirror_image_gives_pixels_of_the_picture(
    x: int, y: int, apart: int, mirrored: bool
) -> None:
    image = np.zeros((180, 320, 3), np.uint8)
    image[y, x], image[y, x + apart] = 255, 200
    (face,) = Looks(Pixels(image)).look(Corner(), Tile(10, 5, 260), mirrored=mirrored)
    assert face.keypoints == (Point(x + 0.5, y + 0.5), Point(x + apart + 0.5, y + 0.5))
    assert face.box == pytest.approx(Box(x - 4.5, y - 4.5, apart + 10, 20))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("tile", [Tile(-60, -20, 260), Tile(150, 60, 260)])
def test_a_look_beyond_the_edges_gives_pixels_of_the_picture(tile: Tile, mirrored: bool) -> None:
    image = np.zeros((180, 320, 3), np.uint8)
    image[90, 170], image[90, 190] = 255, 200
    (face,) = Looks(Pixels(image)).look(Corner(), tile, mirrored=mirrored)
    assert face.keypoints == (Point(170.5, 90.5), Point(190.5, 90.5))


def test_a_look_is_not_repeated() -> None:
    looks = Looks(Pixels(np.zeros((180, 320, 3), np.uint8)))
    detector = FakeDetector()
    for side in (320, 400, 320):
        looks.look(detector, Tile(0, 0, side))
    assert (looks.count, detector.calls) == (1, 1)


def cells(shade: int) -> Cells:
    return Cells(Pixels(np.full((720, 1280, 3), shade, np.uint8)))


def noise(seed: int) -> Cells:
    small = np.random.default_rng(seed).integers(0, 256, (72, 128, 3), np.uint8)
    return Cells(Pixels(np.asarray(cv2.resize(small, (1280, 720)), np.uint8)))


@pytest.mark.parametrize("rate", [5, 15, 24, 30, 60])
def test_every_place_that_changes_is_looked_at_within_half_a_second(rate: int) -> None:
    found = places(1280, 720, NEAR, FAR, 50)
    coverage = Coverage(found)
    coverage.all(cells(0), 0.0)
    last = dict.fromkeys(map(id, found), 0.0)
    longest = 0.0
    for step in range(1, 4 * rate):
        for place in coverage.due(noise(step), step / rate, 1 / rate):
            longest = max(longest, step / rate - last[id(place)])
            last[id(place)] = step / rate
    assert longest <= max(0.5, 3 / rate) + 1e-9


def test_a_place_where_nothing_changes_is_looked_at_every_two_seconds() -> None:
    found = places(1280, 720, NEAR, FAR, 50)
    coverage = Coverage(found)
    coverage.all(cells(0), 0.0)
    counts = [len(list(coverage.due(cells(0), step / 30, 1 / 30))) for step in range(1, 30 * 6)]
    assert 2 * len(found) <= sum(counts) <= 3 * len(found)
    assert QUIET_PERIOD > PERIOD


@pytest.mark.parametrize("size", [(3000, 1), (1, 3000), (4000, 40)])
def test_a_strip_lower_than_any_face_is_not_divided(size: tuple[int, int]) -> None:
    assert len(places(*size, NEAR, FAR, 50)) == 1


@pytest.mark.parametrize("far", [FAR, None])
@pytest.mark.parametrize("size", [(1280, 720), (3840, 2160), (480, 640), (300, 300)])
def test_a_few_places_show_every_face_of_a_sixteenth_of_the_picture(size: tuple[int, int], far: Sight | None) -> None:
    found = total_places(*size, NEAR, far)
    assert len(found) <= (10 if far is None else 2)
    side = 0.0625 * max(size)
    for x, y in itertools.product(np.linspace(0, size[0] - side, 40), np.linspace(0, size[1] - side, 40)):
        face = Box(x, y, side, side)
        assert any(is_whole(face, place.tile, *size) and side >= place.sight.least * place.tile.side for place in found)


def test_places_that_are_always_due_come_first_and_need_no_time() -> None:
    total = total_places(1280, 720, NEAR, FAR)
    coverage = Coverage([*total, *places(1280, 720, NEAR, FAR, 50)[1:]])
    coverage.all(cells(0), 0.0)
    for step in range(1, 60):
        assert list(coverage.due(noise(step), step / 30, 1 / 30, lambda _: False)) == total
