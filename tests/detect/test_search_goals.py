"""The goals of the search with the defaults: how many faces it finds, and how few that are none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile
from support.footage import Footage

from fervid import detect
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.detect.search import Search
from fervid.settings import Settings
from fervid.sources import open_source
from fervid.track.tracker import MotionTracker

Image = NDArray[np.uint8]
RATE = 30
SETTLED_S = 0.7
SAME = 0.4


NewSearch = Callable[[], Search]


@pytest.fixture(scope="module")
def new_search(assets: Path) -> Iterator[NewSearch]:
    """Make a new search with the defaults."""
    options = Settings(detector="mediapipe")
    with detect.create(options) as detector:
        scout = detect.create_scout(options, detector)
        assert scout is not None
        with scout:
            yield lambda: detect.create_search(detector, scout, options)


def reported(search: Search, frames: Iterable[Frame]) -> Iterator[list[Face]]:
    """Yield the faces that the tracker reports in each frame."""
    tracker = MotionTracker()
    done = itertools.chain.from_iterable(itertools.chain((search.add(frame) for frame in frames), (search.flush(),)))
    for one in done:
        yield [each.face for each in tracker.update(one.frame, one.faces, is_cut=one.is_cut)]


def frame(image: Image, index: int) -> Frame:
    return Frame(image, index, index, Fraction(1, RATE))


def found(faces: Iterable[Face], box: Box) -> bool:
    return any(face.box.iou(box) > SAME for face in faces)


def has_doubles(faces: Iterable[Face]) -> bool:
    return any(one.box.iou(other.box) > 0.3 for one, other in itertools.combinations(faces, 2))


@pytest.mark.parametrize("across", [3, 4, 5])
def test_the_people_of_a_meeting_are_found_and_nobody_else(new_search: NewSearch, across: int) -> None:
    width, height = 1280 // across, 720 // across
    views, boxes = [], []
    for step in range(24):
        x, y = 0.5 + 0.04 * np.sin(step / 5), 0.55 + 0.03 * np.cos(step / 4)
        side = 0.5 * height
        views.append(smile(side, (x, y), tilt=4 * np.sin(step / 7), size=(width, height)))
        boxes.append(Box(x * width - side / 2, y * height - side / 2, side, side))
    tiles = list(itertools.product(range(across), repeat=2))

    def frames() -> Iterator[Frame]:
        for index in range(30):
            image = np.zeros((720, 1280, 3), np.uint8)
            for number, (row, column) in enumerate(tiles):
                view = views[(index + 5 * number) % 24]
                image[row * height : (row + 1) * height, column * width : (column + 1) * width] = view
            yield frame(image, index)

    seen = true = 0
    for index, faces in enumerate(reported(new_search(), frames())):
        assert not has_doubles(faces)
        assert len(faces) <= len(tiles)
        if index >= SETTLED_S * RATE:
            for number, (row, column) in enumerate(tiles):
                box = boxes[(index + 5 * number) % 24]
                seen += found(faces, box._replace(x=box.x + column * width, y=box.y + row * height))
                true += 1
    assert seen >= 0.99 * true


def test_a_face_of_60_pixels_is_found_in_a_large_frame(new_search: NewSearch) -> None:
    small = np.random.default_rng(0).integers(0, 256, (27, 48, 3), np.uint8)
    wall = np.asarray(cv2.GaussianBlur(cv2.resize(small, (1920, 1080)), (0, 0), 5), np.uint8)
    truth = []

    def frames() -> Iterator[Frame]:
        for index in range(30):
            left, top = 1300 + 4 * index, 300 + round(40 * np.sin(index / 8))
            image = wall.copy()
            image[top : top + 120, left : left + 160] = smile(60, (0.5, 0.55), size=(160, 120))
            truth.append(Box(left + 80 - 30, top + 66 - 30, 60, 60))
            yield frame(image, index)

    faces = list(reported(new_search(), frames()))
    assert sum(map(found, faces, truth)) >= 0.95 * 30
    assert max(map(len, faces)) == 1


def test_no_face_is_found_where_there_is_none(new_search: NewSearch, footage: Footage) -> None:
    with open_source(footage["things.mp4"]) as source:
        assert {len(faces) for faces in reported(new_search(), source)} == {0}


def test_one_face_is_found_in_every_frame(new_search: NewSearch, footage: Footage) -> None:
    with open_source(footage["smile.mp4"]) as source:
        assert [len(faces) for faces in reported(new_search(), source)] == [1] * 72


@pytest.mark.data
@pytest.mark.parametrize(
    ("clip", "counts"),
    [("no_face.mp4", [0] * 95), ("expressions_640x360.mp4", [1] * 472), ("single_face_mp3.mp4", [1] * 72)],
)
def test_the_faces_of_real_clips_are_found_and_no_others(
    new_search: NewSearch, real_clips: Path, clip: str, counts: list[int]
) -> None:
    with open_source(real_clips / clip) as source:
        assert [len(faces) for faces in reported(new_search(), source)] == counts


@pytest.mark.data
@pytest.mark.parametrize("across", [3, 4, 5])
def test_the_people_of_a_recorded_meeting_are_found(new_search: NewSearch, real_data: Path, across: int) -> None:
    with open_source(real_data / "cases" / "gallery" / f"gallery{across}.mp4") as source:
        times, shown = zip(*((one.time, one) for one in source), strict=True)
    faces = list(reported(new_search(), shown))
    settled = [len(one) for one, time in zip(faces, times, strict=True) if time >= SETTLED_S]
    assert sum(settled) >= 0.99 * across**2 * len(settled)
    assert max(map(len, faces)) <= across**2
    assert not any(map(has_doubles, faces))
