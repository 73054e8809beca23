"""The contract of every search, for each detector and each thoroughness, recorded, live and for blurring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import detect
from fervid.core.geometry import Box
from fervid.core.readings import Frame
from fervid.detect.search import EveryFrame, Search, Searched
from fervid.detect.vigilance import LIVE, LIVE_LOOKOUT, LOOKOUT, RECORDED
from fervid.settings import Settings
from samples.drawing import draw_face

Image = NDArray[np.uint8]
WIDTH, HEIGHT = 320, 180
MOST_WAITING = 16

VIGILANCE = {"recorded": RECORDED, "live": LIVE, "lookout": LOOKOUT, "live lookout": LIVE_LOOKOUT}

CASES = [
    *((name, "normal", "recorded") for name in detect.DETECTORS.names),
    *(("mediapipe", thoroughness, "recorded") for thoroughness in detect.SMALLEST if thoroughness != "normal"),
    *((name, "normal", "live") for name in ("mediapipe", "haar")),
    *(("mediapipe", "normal", kind) for kind in ("lookout", "live lookout")),
    ("mediapipe", "normal", "every frame"),
]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def new_search(request: pytest.FixtureRequest, assets: Path) -> Iterator[Callable[[], Search]]:
    """Make a new search of each kind."""
    name, thoroughness, kind = request.param
    options = Settings(detector=name, search=thoroughness)
    with ExitStack() as stack:
        detector = stack.enter_context(detect.create(options))
        scout = detect.create_scout(options, detector)
        if scout is not None:
            stack.enter_context(scout)

        def create() -> Search:
            if kind == "every frame":
                return EveryFrame(detector)
            return detect.create_search(detector, scout, options, VIGILANCE[kind])

        yield create


def portrait(x: float = 160.0, wall: tuple[int, int, int] = (150, 170, 160), scale: float = 1.0) -> tuple[Image, Box]:
    """Return a picture of a person, and the box of the face."""
    image = np.full((round(HEIGHT * scale), round(WIDTH * scale), 3), wall, np.uint8)
    box = Box(*draw_face(image, (x * scale, 85 * scale), 85 * scale))
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.6), np.uint8), box


def empty(width: int = WIDTH, height: int = HEIGHT) -> Image:
    return np.full((height, width, 3), 128, np.uint8)


def frames(images: Iterable[Image]) -> list[Frame]:
    return [Frame(image, index, index, Fraction(1, 30)) for index, image in enumerate(images)]


def play(search: Search, images: Iterable[Image]) -> list[Searched]:
    """Return what the search finds, after checks of the order and of the number of frames that wait."""
    given, found = frames(images), []
    for count, frame in enumerate(given, start=1):
        found += search.add(frame)
        assert count - len(found) <= MOST_WAITING
    found += search.flush()
    assert [one.frame for one in found] == given
    return found


def overlaps(found: Iterable[Searched], boxes: Iterable[Box]) -> list[float]:
    """Return the overlap of the only face of each frame with the true one; 0 where there is not exactly one."""
    return [one.faces[0].box.iou(box) if len(one.faces) == 1 else 0.0 for one, box in zip(found, boxes, strict=True)]


def test_every_frame_comes_once_and_in_order_with_its_face(new_search: Callable[[], Search]) -> None:
    images, boxes = zip(*(portrait(120 + 3 * step) for step in range(22)), strict=True)
    assert min(overlaps(play(new_search(), images), boxes)) > 0.5


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_frames_are_searched_like_many(new_search: Callable[[], Search], count: int) -> None:
    image, box = portrait()
    assert all(overlap > 0.5 for overlap in overlaps(play(new_search(), [image] * count), [box] * count))


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (1, 1), (2, 300), (300, 2)])
def test_frames_without_a_face_come_with_none(new_search: Callable[[], Search], size: tuple[int, int]) -> None:
    assert [list(one.faces) for one in play(new_search(), [empty(*size)] * 8)] == [[]] * 8


def test_frames_may_change_their_size(new_search: Callable[[], Search]) -> None:
    scales = [1.0] * 4 + [2.0] * 4 + [1.0] * 4
    images, boxes = zip(*(portrait(scale=scale) for scale in scales), strict=True)
    assert min(overlaps(play(new_search(), images), boxes)) > 0.5


def test_a_new_scene_is_searched_at_once_and_nothing_of_the_old_one_is_left(new_search: Callable[[], Search]) -> None:
    def scene(x: float, wall: tuple[int, int, int], half: slice) -> tuple[Image, Box]:
        image, box = portrait(x, wall)
        image[:30, half] = (0, 0, 0)
        return image, box

    one, other = scene(90, (200, 60, 40), slice(0, 160)), scene(230, (40, 60, 220), slice(160, 320))
    images, boxes = zip(*[one] * 7 + [other] * 7, strict=True)
    found = play(new_search(), images)
    assert min(overlaps(found, boxes)) > 0.5
    cuts = [one.is_cut for one in found]
    assert cuts in ([False] * 7 + [True] + [False] * 6, [None] * 14)


def test_a_search_goes_on_after_its_frames_were_asked_for(new_search: Callable[[], Search]) -> None:
    image, box = portrait()
    search, given = new_search(), frames([image] * 12)
    found = [one for frame in given[:7] for one in search.add(frame)] + list(search.flush())
    found += [one for frame in given[7:] for one in search.add(frame)] + list(search.flush())
    assert [one.frame for one in found] == given
    assert min(overlaps(found, [box] * 12)) > 0.5
    assert list(search.flush()) == []


def test_a_search_that_is_left_early_does_not_affect_the_next(new_search: Callable[[], Search]) -> None:
    image, box = portrait()
    left = new_search()
    for frame in frames([image] * 4):
        next(left.add(frame), None)
    del left
    assert min(overlaps(play(new_search(), [image] * 4), [box] * 4)) > 0.5
