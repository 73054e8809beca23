"""The search that follows known faces in close-ups, on white squares that a stand-in takes for faces."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.core.regions import EVERYWHERE, Regions
from fervid.detect import create_search
from fervid.detect.following import Following
from fervid.detect.pace import LivePace, Pace
from fervid.detect.search import Searched
from fervid.detect.vigilance import LIVE, RECORDED
from fervid.settings import Settings
from fervid.testing import FakeDetector

Image = NDArray[np.uint8]
WIDTH, HEIGHT, SIDE = 1280, 720, 60
RATE = 30


class Looking(FakeDetector):
    """Finds bright squares of at least a fraction of what it is shown; remembers the width of that."""

    def __init__(self, name: str, least: float, brightness: int = 200) -> None:
        super().__init__()
        self.name = name
        self.looks: list[int] = []
        self.seconds = 0.0
        self._least = least
        self._brightness = brightness

    def detect(self, image: Image | Pixels) -> list[Face]:
        image = Pixels.of(image).image
        height, width = image.shape[:2]
        time.sleep(self.seconds)
        self.looks.append(width)
        bright = (image[..., 0] >= self._brightness).astype(np.uint8)
        _, _, found, _ = cv2.connectedComponentsWithStats(bright)
        boxes = [Box(*map(float, one[:4])) for one in found[1:]]
        return [Face(box, 0.9) for box in boxes if box.width >= self._least * max(width, height)]


class Scene:
    """Frames with faces, and what a search finds in them.

    Args:
        waits: True for a recorded scene, False for a live one.
        smallest: As for `Following`.
        regions: As for `Following`.
        look_s: The seconds that each look takes where no frame waits.
    """

    def __init__(
        self,
        *,
        waits: bool = True,
        smallest: int | None = 50,
        regions: Regions = EVERYWHERE,
        look_s: float = 0.004,
    ) -> None:
        self.near = Looking("mediapipe", 0.12)
        self.far = Looking("mediapipe-full", 0.06, brightness=120)
        pace = Pace() if waits else LivePace(itertools.count(0.0, look_s).__next__)
        self.search = Following(
            self.near, self.far, smallest, vigilance=RECORDED if waits else LIVE, regions=regions, pace=pace
        )
        self.most_waiting = 0
        self.counts: list[int] = []
        self.far_counts: list[int] = []

    def play(self, images: Iterable[Image]) -> list[Searched]:
        found: list[Searched] = []
        for index, image in enumerate(images):
            before, far = self.search.looks, len(self.far.looks)
            found += self.search.add(Frame(image, index, index, Fraction(1, RATE)))
            self.counts.append(self.search.looks - before)
            self.far_counts.append(len(self.far.looks) - far)
            self.most_waiting = max(self.most_waiting, index + 1 - len(found))
        return found + list(self.search.flush())


def picture(*places: tuple[float, float], brightness: int = 255, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Image:
    """Return a grey picture with a square at each place."""
    image = np.full((size[1], size[0], 3), 60, np.uint8)
    for x, y in places:
        image[round(y) : round(y) + SIDE, round(x) : round(x) + SIDE] = brightness
        image[round(y) + 20 : round(y) + 24, round(x) + 10 : round(x) + 50] = brightness - 30
    return image


def corners(found: Iterable[Searched]) -> list[list[tuple[int, int]]]:
    """Return where the faces of each frame begin."""
    return [sorted((round(face.box.x), round(face.box.y)) for face in one.faces) for one in found]


def test_a_steady_face_is_looked_at_in_every_fifth_frame() -> None:
    scene = Scene()
    found = scene.play([picture((600, 300))] * 61)
    assert corners(found) == [[(600, 300)]] * 61
    close_ups = [width for width in scene.near.looks if width < HEIGHT / 2]
    assert len(close_ups) <= 1 + 61 / 5 + 1


def test_every_frame_comes_once_and_in_order_and_few_wait() -> None:
    scene = Scene()
    found = scene.play([picture((600, 300))] * 50)
    assert [one.frame.index for one in found] == list(range(50))
    assert scene.most_waiting <= 16


def test_a_face_that_moves_evenly_is_where_it_is_in_the_frames_between_too() -> None:
    places = [(100 + 6 * step, 200 + 2 * step) for step in range(60)]
    found = corners(Scene().play(picture(place) for place in places))
    assert found == [[place] for place in places]


def test_a_face_that_jumps_is_looked_at_in_every_frame() -> None:
    places = [(600 + 25 * (step % 2), 300) for step in range(30)]
    found = corners(Scene().play(picture(place) for place in places))
    assert found == [[place] for place in places]


def test_a_fast_face_is_chased_from_frame_to_frame() -> None:
    places = [(100 + 40 * step, 300) for step in range(25)]
    found = corners(Scene().play(picture(place) for place in places))
    assert found == [[place] for place in places]


@pytest.mark.parametrize("first", [3, 8, 14])
def test_a_face_that_comes_is_traced_back_to_its_first_frame(first: int) -> None:
    images = [picture(*[(900, 500)] * (step >= first)) for step in range(40)]
    found = corners(Scene().play(images))
    assert found == [[]] * first + [[(900, 500)]] * (40 - first)


@pytest.mark.parametrize("first", [3, 8, 14])
def test_a_face_that_comes_fast_is_traced_back_to_its_first_frame(first: int) -> None:
    places = [(25 * (step - first), 300) for step in range(40)]
    found = corners(Scene().play(picture(*[place] * (step >= first)) for step, place in enumerate(places)))
    assert found == [[]] * first + [[place] for place in places[first:]]


@pytest.mark.parametrize("rate", [30, 60])
def test_a_face_is_traced_back_as_long_at_any_frame_rate(rate: int) -> None:
    scene = Scene()
    empty = picture()
    found = []
    for index in range(3 * rate):
        image = picture((900, 500)) if index >= rate else empty
        found += scene.search.add(Frame(image, index, index, Fraction(1, rate)))
    assert corners([*found, *scene.search.flush()]) == [[]] * rate + [[(900, 500)]] * 2 * rate


@pytest.mark.parametrize("speed", [20, 30, 40])
def test_a_row_of_faces_before_a_camera_that_swings_is_found_in_every_frame(speed: int) -> None:
    places = [[(100 + 90 * number + speed * step, 300) for number in range(4)] for step in range(18)]
    found = corners(Scene().play(picture(*row) for row in places))
    assert found == places


def test_a_face_that_is_covered_is_not_found_where_its_neighbour_is() -> None:
    # The one on the right stays behind another, which comes from the left and goes on.
    moving = [(500 + 12 * step, 300) for step in range(40)]
    found = Scene().play(picture(*([place] if abs(place[0] - 760) < SIDE else [place, (760, 300)])) for place in moving)
    for place, faces in zip(moving, corners(found), strict=True):
        assert place in faces
        assert faces in ([place], sorted([place, (760, 300)]))


def test_a_face_has_the_best_score_of_all_frames() -> None:
    found = Scene().play([picture((600, 300))] * 20)
    assert {face.best_score for one in found for face in one.faces} == {0.9}


@pytest.mark.parametrize("last", [3, 8, 14])
def test_a_face_that_goes_ends_with_its_last_frame(last: int) -> None:
    images = [picture(*[(900, 500)] * (step <= last)) for step in range(40)]
    found = corners(Scene().play(images))
    assert found == [[(900, 500)]] * (last + 1) + [[]] * (39 - last)


def test_a_face_that_is_covered_for_a_moment_is_missing_for_that_moment() -> None:
    images = [picture(*[(900, 500)] * (step not in range(10, 14))) for step in range(30)]
    assert [len(faces) for faces in corners(Scene().play(images))] == [1] * 10 + [0] * 4 + [1] * 16


def test_live_frames_do_not_wait_and_a_face_is_found_within_half_a_second() -> None:
    scene = Scene(waits=False)
    images = [picture(*[(900, 500)] * (step >= 5)) for step in range(40)]
    found = corners(scene.play(images))
    assert scene.most_waiting == 0
    assert found[:5] == [[]] * 5
    assert found[5 + RATE // 2 :] == [[(900, 500)]] * (35 - RATE // 2)


def test_a_live_face_that_moves_is_followed() -> None:
    places = [(100 + 6 * step, 200) for step in range(60)]
    found = Scene(waits=False).play(picture(place) for place in places)
    for (x, y), one in list(zip(places, found, strict=True))[4:]:
        (face,) = one.faces
        assert face.box.iou(Box(x, y, SIDE, SIDE)) > 0.7


GRID = [(x, y) for y in (60, 260, 460) for x in range(40, 1200, 160)]


@pytest.mark.parametrize("look_s", [0.004, 0.05])
def test_a_live_frame_has_few_looks_for_new_faces_and_fewer_on_a_slow_machine(look_s: float) -> None:
    """A quarter of the time between two frames has room for two looks, or for none; there is always one."""
    scene = Scene(waits=False, look_s=look_s)
    scene.play(picture() + np.uint8(30 * (step % 2)) for step in range(40))
    assert max(scene.counts) <= max(1, RATE**-1 / 4 // look_s)
    assert sum(scene.counts) >= 8


@pytest.mark.parametrize(("look_s", "longest"), [(0.002, 5), (0.05, 50)])
def test_a_live_scene_is_searched_over_its_first_frames(look_s: float, longest: int) -> None:
    scene = Scene(waits=False, look_s=look_s)
    found = corners(scene.play([picture(*GRID)] * 60))
    assert found[0] == []
    assert found[-1] == sorted(GRID)
    first = next(step for step, faces in enumerate(found) if len(faces) == len(GRID))
    assert first <= longest  # where a look takes longer than a frame, each frame has one


def test_a_live_frame_with_a_look_at_a_known_face_has_none_for_new_ones() -> None:
    """Unless the one before had none either: a face that needs looks all the time does not hide others for ever."""
    scene = Scene(waits=False)
    images = [picture((600 + 25 * (step % 2), 300), *[(900, 500)] * (step >= 20)) for step in range(50)]
    found = corners(scene.play(images))
    assert all((900, 500) in faces for faces in found[20 + RATE // 2 + 2 :])
    looks_for_new = [far > 0 for far in scene.far_counts[5:20]]
    assert not any(one and other for one, other in pairwise(looks_for_new))


def test_the_looks_in_a_file_depend_on_no_clock() -> None:
    images = [picture((600, 300)) + np.uint8(20 * (step % 3)) for step in range(20)]
    counts = []
    for seconds in (0.0, 0.03):
        scene = Scene()
        scene.near.seconds = scene.far.seconds = seconds
        scene.play(images)
        counts.append(scene.counts)
    assert counts[0] == counts[1]


def test_neighbours_share_a_close_up() -> None:
    scene = Scene()
    places = [(600, 300), (680, 300), (640, 380)]
    found = scene.play([picture(*places)] * 31)
    assert corners(found) == [sorted(places)] * 31
    close_ups = [width for width in scene.near.looks if width < HEIGHT / 2]
    assert len(close_ups) <= 3 + 31 / 5 + 1  # each is confirmed alone


def test_what_no_close_up_confirms_is_no_face() -> None:
    scene = Scene()
    found = scene.play([picture((600, 300), brightness=160)] * 20)
    assert corners(found) == [[]] * 20
    assert any(width < HEIGHT / 2 for width in scene.near.looks)


def test_a_scene_cut_is_told_and_the_new_scene_is_searched_at_once() -> None:
    def scene(shade: tuple[int, int, int], place: tuple[int, int]) -> Image:
        image = picture(place)
        image[: HEIGHT // 2][image[: HEIGHT // 2].max(axis=2) < 100] = shade
        return image

    one, other = scene((90, 0, 0), (200, 500)), scene((0, 20, 98), (1000, 100))
    other[:, :640][other[:, :640].max(axis=2) < 100] = (0, 90, 0)
    found = Scene().play([one] * 12 + [other] * 12)
    assert [one.frame.index for one in found if one.is_cut] == [12]
    assert corners(found) == [[(200, 500)]] * 12 + [[(1000, 100)]] * 12


def test_a_frame_of_another_size_is_searched_at_once() -> None:
    images = [picture((200, 300))] * 7 + [picture((300, 100), size=(800, 600))] * 7
    assert corners(Scene().play(images)) == [[(200, 300)]] * 7 + [[(300, 100)]] * 7


def test_a_still_picture_is_looked_at_less() -> None:
    scene = Scene()
    scene.play([picture()] * 61)
    still = len(scene.far.looks)
    moving = Scene()
    moving.play(picture() + np.uint8(30 * (step // 8 % 2)) for step in range(61))
    assert still < len(moving.far.looks) / 2


def test_the_same_frames_give_the_same_faces() -> None:
    random = np.random.default_rng(1)
    places = [tuple(random.uniform(0, 600, 2)) for _ in range(40)]
    images = [picture(place) for place in places]
    assert corners(Scene().play(images)) == corners(Scene().play(images))


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000), (300, 400)])
@pytest.mark.parametrize("waits", [True, False])
def test_of_any_size(size: tuple[int, int], waits: bool) -> None:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    assert corners(Scene(waits=waits).play([image] * 7)) == [[]] * 7


@pytest.mark.parametrize("smallest", [None, 25])
def test_any_thoroughness_follows_what_the_whole_picture_shows(smallest: int | None) -> None:
    def large(step: int) -> Image:
        return np.asarray(cv2.resize(picture((100 + step, 100), size=(320, 180)), (WIDTH, HEIGHT)), np.uint8)

    found = Scene(smallest=smallest).play(large(step) for step in range(20))
    assert [len(one.faces) for one in found] == [1] * 20


def test_nothing_is_looked_for_beside_the_regions() -> None:
    places = [(100, 300), (1100, 300)]
    scene, whole = Scene(smallest=25, regions=Regions.of("70%,0,30%,100%")), Scene(smallest=25)
    found = scene.play([picture(*places)] * 31)
    assert corners(found) == [[(1100, 300)]] * 31
    assert corners(whole.play([picture(*places)] * 31)) == [places] * 31
    assert len(scene.far.looks) < 0.7 * len(whole.far.looks)
    assert len(scene.near.looks) < len(whole.near.looks)


def test_a_face_that_leaves_a_region_is_followed_no_longer() -> None:
    scene = Scene(regions=Regions.of("0,0,50%,100%"))
    places = [(400 + 6 * step, 300) for step in range(60)]
    found = corners(scene.play(picture(place) for place in places))
    inside = [step for step, (x, _) in enumerate(places) if x + SIDE / 2 < 640]
    assert all(found[step] == [places[step]] for step in inside)
    assert found[-15:] == [[]] * 15


def test_a_region_is_in_pixels_of_the_canvas_of_the_frame() -> None:
    frame = Frame(picture((100, 300), (1100, 300)), 0, 0, Fraction(1, RATE), shown_on=Canvas(2 * WIDTH, 2 * HEIGHT))
    scene = Scene(regions=Regions.of("1280,0,1280,1440"))
    assert corners([*scene.search.add(frame), *scene.search.flush()]) == [[(1100, 300)]]


@pytest.mark.parametrize("name", ["normal", "thorough"])
def test_a_larger_least_face_saves_looks_and_is_found(name: str) -> None:
    wide = 2 * SIDE
    image = np.full((1080, 1920, 3), 60, np.uint8)
    image[700 : 700 + wide, 1500 : 1500 + wide] = 255
    looks = []
    for least in (24, wide):
        near, far = Looking("mediapipe", 0.12), Looking("mediapipe-full", 0.06, brightness=120)
        search = create_search(near, far, Settings(search=name, min_face=least))
        found = [*search.add(Frame(image, 0, 0, Fraction(1, RATE))), *search.flush()]
        assert corners(found) == [[(1500, 700)]]
        looks.append(len(far.looks))
    assert looks[1] <= looks[0] / 2
