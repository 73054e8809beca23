"""Faces that are small against the picture."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.still_faces import still_faces

from fervid import detect
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.detect.detector_pair import DetectorPair
from fervid.detect.following import Following
from fervid.detect.vigilance import LIVE, STILL, STILL_LOOKOUT, Vigilance
from fervid.settings import Settings
from fervid.testing import FakeDetector
from samples.drawing import draw_face
from samples.people import PEOPLE

FACES = 15


@pytest.fixture(scope="module")
def group() -> tuple[NDArray[np.uint8], list[Box]]:
    """A group of people, each face 6 % of the picture wide."""
    image = np.full((900, 1600, 3), (150, 170, 160), np.uint8)
    boxes = []
    for place in range(FACES):
        centre = (180 + place % 5 * 310, 150 + place // 5 * 300)
        person = list(PEOPLE.values())[place % 4] if isinstance(PEOPLE, dict) else PEOPLE[place % 4]
        boxes.append(Box(*draw_face(image, centre, 96, person=person)))
    return cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.uint8), boxes


@pytest.fixture(scope="module")
def pair(assets: Path) -> Iterator[DetectorPair]:
    with DetectorPair(Settings(detector="mediapipe", search="thorough")) as opened:
        yield opened


def test_every_face_of_a_group_is_found_once(pair: DetectorPair, group: tuple[NDArray[np.uint8], list[Box]]) -> None:
    image, boxes = group
    faces = still_faces(pair, image)
    assert len(faces) == FACES
    for box in boxes:
        assert sum(face.box.iou(box) > 0.5 for face in faces) == 1


def test_at_one_look_they_are_missed(group: tuple[NDArray[np.uint8], list[Box]], assets: Path) -> None:
    """The reason for all this."""
    with detect.create(Settings(detector="mediapipe")) as detector:
        assert len(detector.detect(group[0])) < FACES / 2


def test_key_points_come_along(pair: DetectorPair, group: tuple[NDArray[np.uint8], list[Box]]) -> None:
    for face in still_faces(pair, group[0]):
        assert face.eyes is not None
        assert face.box.y < face.eyes[0].y < face.box.centre.y
        assert face.box.x < face.eyes[0].x < face.eyes[1].x < face.box.right


def test_the_best_comes_first(pair: DetectorPair, group: tuple[NDArray[np.uint8], list[Box]]) -> None:
    scores = [face.score for face in still_faces(pair, group[0])]
    assert scores == sorted(scores, reverse=True)


def test_a_face_that_fills_the_picture_is_found_once(pair: DetectorPair) -> None:
    image = np.full((720, 720, 3), (150, 170, 160), np.uint8)
    draw_face(image, (360, 380), 420)
    assert len(still_faces(pair, cv2.GaussianBlur(image, (0, 0), 2.0).astype(np.uint8))) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 2), (511, 511), (900, 1600)])
def test_nobody_is_found_where_nobody_is(pair: DetectorPair, shape: tuple[int, int]) -> None:
    assert still_faces(pair, np.full((*shape, 3), 128, np.uint8)) == []


def test_a_face_that_is_hard_to_see_counts_where_the_whole_picture_shows_it() -> None:
    """No next frame could show it better. In a part of the picture it would not count, and neither would it live."""
    weak = FakeDetector(lambda _: [Face(Box(100.0, 60.0, 150.0, 150.0), 0.55)])
    for vigilance, count in ((STILL, 1), (LIVE, 0)):
        search = Following(weak, None, 25, vigilance=vigilance)
        (searched,) = search.add(Frame(np.zeros((300, 400, 3), np.uint8), 0, 0, Fraction(1)))
        assert len(searched.faces) == count


@pytest.mark.parametrize(("vigilance", "smallest", "most"), [(STILL, 30, 90), (STILL_LOOKOUT, 25, 260)])
def test_the_looks_at_a_large_picture_are_few_unless_everything_is_to_be_hidden(
    vigilance: Vigilance, smallest: int, most: int
) -> None:
    near, far = FakeDetector(lambda _: []), FakeDetector(lambda _: [])
    near.name, far.name = "mediapipe", "mediapipe-full"
    search = Following(near, far, 25, vigilance=vigilance)
    list(search.add(Frame(np.zeros((3000, 4000, 3), np.uint8), 0, 0, Fraction(1))))
    assert most - 10 < search.looks <= most
    assert vigilance.smallest(25, (4000, 3000)) == smallest


def test_faces_of_one_part_in_125_of_a_large_picture_are_found(pair: DetectorPair) -> None:
    image = np.full((3000, 4000, 3), (150, 170, 160), np.uint8)
    centres = [(x, y) for x in (200, 1333, 2500, 3850) for y in (150, 1500, 2850)]
    boxes = [Box(*draw_face(image, centre, 32)) for centre in centres]
    faces = still_faces(pair, cv2.GaussianBlur(image, (0, 0), 0.8).astype(np.uint8))
    assert len(faces) == len(boxes)
    assert all(any(face.box.iou(box) > 0.4 for face in faces) for box in boxes)


def test_the_smallest_face_grows_with_large_pictures_only() -> None:
    assert [STILL.smallest(25, (side, 100)) for side in (200, 3333, 4000, 8000)] == [25, 25, 30, 60]
    assert STILL.smallest(None, (8000, 6000)) is None
