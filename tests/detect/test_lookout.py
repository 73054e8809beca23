"""The search for everything to hide: each frame is searched as a whole, recorded or live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.detect.detector_pair import DetectorPair
from fervid.detect.following import Following
from fervid.detect.lookout import Lookout
from fervid.detect.search import EveryFrame, Searched
from fervid.detect.vigilance import LIVE_LOOKOUT, LOOKOUT, RECORDED, Vigilance
from fervid.settings import Settings
from fervid.testing import FakeDetector
from fervid.track.tracker import MotionTracker
from fervid.video.cuts import SceneCuts
from samples.drawing import draw_face

Image = NDArray[np.uint8]
WIDTH, HEIGHT, SIDE = 1280, 720, 80
RATE = 30

both = pytest.mark.parametrize("vigilance", [LOOKOUT, LIVE_LOOKOUT], ids=["recorded", "live"])


class Looking(FakeDetector):
    """Finds white faces of at least a fraction of what it is shown; remembers the width of that."""

    def __init__(self, name: str, least: float) -> None:
        super().__init__()
        self.name = name
        self.looks: list[int] = []
        self._least = least

    def detect(self, image: Image | Pixels) -> list[Face]:
        image = Pixels.of(image).image
        height, width = image.shape[:2]
        self.looks.append(width)
        _, _, found, _ = cv2.connectedComponentsWithStats((image[..., 0] > 200).astype(np.uint8))
        boxes = [Box(*map(float, one[:4])) for one in found[1:]]
        return [Face(box, 0.9) for box in boxes if box.width >= self._least * max(width, height)]


class Watch:
    """A lookout with detectors that count their looks."""

    def __init__(self, vigilance: Vigilance, *, has_far: bool = True) -> None:
        self.near, self.far = Looking("mediapipe", 0.12), Looking("mediapipe-full", 0.06)
        far = self.far if has_far else None
        self.search = Following(self.near, far, 50, min_score=0.3, vigilance=vigilance)

    def play(self, images: Iterable[Image]) -> list[list[tuple[int, int]]]:
        """Return where the faces of each frame begin."""
        found: list[Searched] = []
        for index, image in enumerate(images):
            found += self.search.add(Frame(image, index, index, Fraction(1, RATE)))
        found += self.search.flush()
        return [sorted((round(face.box.x), round(face.box.y)) for face in one.faces) for one in found]


def white(*places: tuple[int, int], side: int = SIDE) -> Image:
    """Return a black picture with a white face at each place."""
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for x, y in places:
        image[y : y + side, x : x + side] = 255
    return image


@both
def test_both_detectors_look_at_the_whole_of_every_frame(vigilance: Vigilance) -> None:
    watch = Watch(vigilance)
    watch.play([white()] * 12)
    assert watch.near.looks.count(WIDTH) == 12
    assert watch.far.looks.count(WIDTH) in (12, 13)  # at the mirror image of the first frame too


@both
@pytest.mark.parametrize("has_far", [True, False])
def test_whoever_comes_for_one_frame_is_found_in_it(vigilance: Vigilance, has_far: bool) -> None:
    shown = [step in (3, 8, 9, 13) for step in range(20)]
    found = Watch(vigilance, has_far=has_far).play(white(*[(900, 500)] * is_shown) for is_shown in shown)
    assert found == [[(900, 500)] * is_shown for is_shown in shown]


@both
def test_who_is_known_is_followed_from_frame_to_frame(vigilance: Vigilance) -> None:
    places = [(x, 300) for x in range(100, 1100, 40)]
    assert Watch(vigilance).play(map(white, places)) == [[place] for place in places]


@both
def test_several_are_followed_at_once(vigilance: Vigilance) -> None:
    steps = [[(40, 20 + y), (40, 560 - y), (1160, 20 + y), (1160, 560 - y)] for y in range(0, 200, 20)]
    assert Watch(vigilance).play(white(*step) for step in steps) == [sorted(step) for step in steps]


@both
def test_who_has_left_is_forgotten_at_once(vigilance: Vigilance) -> None:
    assert Watch(vigilance).play([white((600, 300)), white()]) == [[(600, 300)], []]


def test_a_face_too_small_for_the_whole_frame_is_traced_back_to_where_it_came() -> None:
    shown = [step >= 20 for step in range(60)]
    found = Watch(LOOKOUT).play(white(*[(900, 500)] * is_shown, side=60) for is_shown in shown)
    assert found == [[(900, 500)] * is_shown for is_shown in shown]


def test_a_live_crowd_is_complete_in_the_second_frame_and_no_frame_has_many_looks() -> None:
    places = [(x, y) for x in range(20, 1200, 200) for y in (20, 320, 620)]
    watch = Watch(LIVE_LOOKOUT)
    counts, found = [], []
    for index in range(4):
        before = watch.search.looks
        (one,) = watch.search.add(Frame(white(*places), index, index, Fraction(1, RATE)))
        counts.append(watch.search.looks - before)
        found.append(sorted((face.box.x, face.box.y) for face in one.faces))
    assert found[1:] == [sorted(places)] * 3
    assert counts[0] <= 7 + 12  # the whole, and two squares with their mirror images
    assert max(counts[1:]) <= 4 + len(places) - 12
    assert min(counts) >= 2


@both
@pytest.mark.parametrize("shape", [(1, 1), (3000, 2), (300, 400)])
def test_of_any_size(vigilance: Vigilance, shape: tuple[int, int]) -> None:
    assert Watch(vigilance).play([np.zeros((*shape, 3), np.uint8)] * 3) == [[]] * 3


def test_the_faces_to_classify_are_the_same_beside_it() -> None:
    """The one holds no frame, the other many; both results come together."""
    frames = [Frame(white((400, 200)), index, index, Fraction(1, RATE)) for index in range(40)]
    alone = EveryFrame(Looking("mediapipe", 0.05))
    search = Lookout(EveryFrame(Looking("mediapipe", 0.05)), Watch(LOOKOUT).search)
    found = [one for frame in frames for one in search.add(frame)] + list(search.flush())
    assert [one.frame for one in found] == frames
    assert [one.faces for one in found] == [one.faces for frame in frames for one in alone.add(frame)]
    assert all([face.box for face in one.seen] == [Box(400, 200, SIDE, SIDE)] for one in found)


@pytest.mark.parametrize("follows", [True, False])
def test_both_are_told_of_a_cut_that_is_looked_for_once(follows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    look = SceneCuts.is_cut

    def counted(self: SceneCuts, image: Image | Pixels) -> bool:
        looked.append(1)
        return look(self, image)

    monkeypatch.setattr(SceneCuts, "is_cut", counted)
    pair = [Watch(vigilance).search if follows else EveryFrame(FakeDetector()) for vigilance in (RECORDED, LOOKOUT)]
    search, tracker = Lookout(*pair), MotionTracker()
    random = np.random.default_rng(1)
    scenes = [random.integers(0, 100, (36, 64, 3)), random.integers(155, 256, (36, 64, 3))]
    images = [cv2.resize(scene.astype(np.uint8), (WIDTH, HEIGHT)) for scene in scenes for _ in range(6)]
    frames = [Frame(np.asarray(image, np.uint8), index, index, Fraction(1, RATE)) for index, image in enumerate(images)]
    found = [one for frame in frames for one in search.add(frame)] + list(search.flush())
    for one in found:
        tracker.update(one.frame, one.faces, is_cut=one.is_cut)
    assert [one.frame.index for one in found if one.is_cut] == [6]
    assert len(looked) == len(frames)


@pytest.fixture(scope="module")
def pair(assets: Path) -> Iterator[DetectorPair]:
    with DetectorPair(Settings(detector="mediapipe", min_score=0.3, min_face=1)) as opened:
        yield opened


@both
@pytest.mark.parametrize("place", [lambda n: (300 + 15 * n, 400), lambda n: (60, 80 + 13 * n)], ids=["across", "down"])
def test_a_real_detector_does_not_lose_a_small_face_that_moves(
    pair: DetectorPair, place: Callable[[int], tuple[int, int]], vigilance: Vigilance
) -> None:
    """At six widths a second, where there are 30 pictures in one; at the edge of the picture too."""
    search = pair.search(vigilance)
    found, boxes = [], []
    for number in range(40):
        image = np.full((HEIGHT, WIDTH, 3), (150, 170, 160), np.uint8)
        boxes.append(Box(*draw_face(image, place(number), 76)))
        blurred = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), np.uint8)
        found += search.add(Frame(blurred, number, number, Fraction(1, RATE)))
    found += search.flush()
    for one, box in zip(found, boxes, strict=True):
        assert any(face.box.iou(box) > 0.4 for face in one.faces)


@both
def test_a_cascade_searches_every_frame_whole_here_too(vigilance: Vigilance, assets: Path) -> None:
    with DetectorPair(Settings(detector="haar")) as pair:
        assert pair.far is None
        assert isinstance(pair.search(vigilance), EveryFrame)
