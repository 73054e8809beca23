"""Small faces, looked for in parts of the picture in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import detect
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face
from fervid.detect.in_turn import InTurn
from fervid.detect.tiles import TiledDetector
from fervid.settings import Settings
from fervid.testing import FakeDetector
from samples.drawing import draw_face

Image = NDArray[np.uint8]
WIDTH, HEIGHT, SIDE = 1280, 720, 76
SQUARES = 6


class Looking(FakeDetector):
    """Finds white faces of at least a fifteenth of what it is shown; remembers the size of that."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[tuple[int, int]] = []

    def detect(self, image: Image | Pixels) -> list[Face]:
        image = Pixels.of(image).image
        height, width = image.shape[:2]
        self.looks.append((width, height))
        _, _, found, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(image[..., 0]))
        boxes = [Box(*map(float, one[:4])) for one in found[1:]]
        return [Face(box, 0.9) for box in boxes if box.width >= max(width, height) / 15]


def white(*places: tuple[int, int]) -> Image:
    """A black picture with a white face at each place."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for x, y in places:
        image[y : y + SIDE, x : x + SIDE] = 255
    return image


def corners(detector: InTurn, image: Image) -> list[tuple[float, float]]:
    """Where the faces begin that it finds."""
    return sorted((face.box.x, face.box.y) for face in detector.detect(image))


@pytest.fixture
def looking() -> Looking:
    return Looking()


@pytest.fixture
def in_turn(looking: Looking) -> InTurn:
    return InTurn(TiledDetector(looking, 1, 0.3))


def test_all_squares_are_looked_at_in_the_first_picture_and_two_in_each_that_follows(
    in_turn: InTurn, looking: Looking
) -> None:
    in_turn.detect(white())
    whole, square = (WIDTH, HEIGHT), (WIDTH // 2, WIDTH // 2)
    assert looking.looks[: 1 + SQUARES] == [whole, *[square] * SQUARES]
    looking.looks.clear()
    for _ in range(5):
        in_turn.detect(white())
    assert looking.looks == [whole, square, square] * 5


def test_a_picture_of_another_size_is_looked_at_as_the_first(in_turn: InTurn, looking: Looking) -> None:
    in_turn.detect(white((600, 300)))
    looking.looks.clear()
    assert in_turn.detect(np.zeros((600, 800, 3), np.uint8)) == []
    assert looking.looks[: 1 + SQUARES] == [(800, 600), *[(400, 400)] * SQUARES]


def test_whoever_comes_is_found_when_all_squares_had_their_turn(in_turn: InTurn) -> None:
    in_turn.detect(white())
    seen = [corners(in_turn, white((900, 500))) for _ in range(SQUARES // 2)]
    assert seen[-1] == [(900, 500)]


def test_who_is_known_is_followed_from_picture_to_picture(in_turn: InTurn) -> None:
    in_turn.detect(white((100, 300)))
    for x in range(100, 1200, 40):
        assert corners(in_turn, white((x, 300))) == [(x, 300)]


def test_of_several_each_has_its_turn(in_turn: InTurn) -> None:
    places = [(40, 20), (40, 600), (1200, 20), (1200, 600)]
    in_turn.detect(white(*places))
    moved = [(x, y + 20) for x, y in places]
    seen = [corners(in_turn, white(*moved)) for _ in places]
    assert all(len(found) == len(places) for found in seen)
    assert seen[-1] == moved


def test_who_has_left_is_forgotten_at_the_next_close_up(in_turn: InTurn) -> None:
    in_turn.detect(white((600, 300)))
    assert in_turn.detect(white()) == []


def test_no_picture_takes_more_than_three_looks_after_the_first(in_turn: InTurn, looking: Looking) -> None:
    places = [(x, y) for x in range(20, 1200, 200) for y in (20, 320, 620)]
    in_turn.detect(white(*places))
    for _ in range(2 * SQUARES):
        looking.looks.clear()
        assert corners(in_turn, white(*places)) == places
        assert len(looking.looks) <= 3


@pytest.mark.parametrize("shape", [(1, 1), (3000, 2), (300, 400)])
def test_of_any_size(in_turn: InTurn, shape: tuple[int, int]) -> None:
    for _ in range(3):
        assert in_turn.detect(np.zeros((*shape, 3), np.uint8)) == []


@pytest.fixture(scope="module")
def lookout(assets: Path) -> Iterator[detect.Detector]:
    with detect.create(Settings(detector="mediapipe", min_score=0.3, min_face=1), depth=1) as detector:
        yield detector


@pytest.mark.parametrize("place", [lambda n: (300 + 15 * n, 400), lambda n: (60, 80 + 13 * n)], ids=["across", "down"])
def test_a_real_detector_does_not_lose_a_small_face_that_moves(
    lookout: detect.Detector, place: Callable[[int], tuple[int, int]]
) -> None:
    """At six widths a second, where there are 30 pictures in one; at the edge of the picture too."""
    watching = detect.for_live(lookout)
    for number in range(40):
        image = np.full((HEIGHT, WIDTH, 3), (150, 170, 160), np.uint8)
        box = Box(*draw_face(image, place(number), SIDE))
        faces = watching.detect(cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.uint8))
        assert any(face.box.iou(box) > 0.4 for face in faces)


def test_what_looks_once_does_so_live_too(assets: Path) -> None:
    with detect.create(Settings(detector="haar"), depth=1) as detector:
        assert detect.for_live(detector) is detector
