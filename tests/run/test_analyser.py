"""The analysis of frames whose size changes, and of pixels that are not square."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile
from support.clips import Encoding, write_clip, write_parts

from fervid import detect
from fervid.core.canvas import Canvas
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame, FrameReading
from fervid.core.regions import Regions
from fervid.detect.lookout import Lookout
from fervid.detect.search import EveryFrame
from fervid.errors import SourceError, UsageError
from fervid.run.analyser import Analyser
from fervid.run.models import Models
from fervid.run.sampling import EveryNth
from fervid.settings import Settings
from fervid.smooth.base import Unsmoothed
from fervid.sources import open_source
from fervid.testing import FakeDetector, FakeEngine
from fervid.track.tracker import MotionTracker, StillFaces

SMALL, LARGE = Canvas(160, 90), Canvas(1280, 720)
VP8 = Encoding("libvpx", options=(("crf", "10"), ("b", "2M")))


class UpperLeft(FakeDetector):
    """A detector that finds a face in the left upper quarter of every picture, and remembers their sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[tuple[int, int]] = []

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        pixels = Pixels.of(image)
        width, height = pixels.width, pixels.height
        self.sizes.append((width, height))
        return [Face(Box(0.0, 0.0, width / 2, height / 2), 0.9)]


def readings(
    detector: FakeDetector, sizes: Sequence[tuple[Canvas, Canvas | None]], **options: EveryNth
) -> list[FrameReading]:
    """Return the readings of grey frames, each of a size and shown on a canvas."""

    def frames() -> Iterator[Frame]:
        for index, (size, canvas) in enumerate(sizes):
            image = np.full((size.height, size.width, 3), 90, np.uint8)
            yield Frame(image, index, index * 40, Fraction(1, 1000), pixel_aspect=size.pixel_aspect, shown_on=canvas)

    analyser = Analyser(EveryFrame(detector), MotionTracker(), FakeEngine(), Unsmoothed(), **options)
    return [reading for _, reading in analyser.read(analyser.find(frames()))]


def boxes(found: Sequence[FrameReading]) -> list[tuple[int, Box]]:
    return [(face.face_id, face.box) for reading in found for face in reading.faces]


def test_each_frame_is_searched_in_its_own_size_and_its_boxes_are_those_of_the_canvas() -> None:
    detector = UpperLeft()
    found = readings(detector, [(SMALL, LARGE)] * 2 + [(LARGE, None)] * 2)
    assert detector.sizes == [SMALL.size] * 2 + [LARGE.size] * 2
    assert boxes(found) == [(1, Box(0.0, 0.0, 640.0, 360.0))] * 4


def test_a_face_keeps_its_identity_where_a_live_source_changes_its_size() -> None:
    found = readings(UpperLeft(), [(SMALL, None)] * 2 + [(LARGE, None)] * 2)
    assert boxes(found) == [(1, Box(0.0, 0.0, 80.0, 45.0))] * 2 + [(1, Box(0.0, 0.0, 640.0, 360.0))] * 2


def test_a_frame_that_is_passed_over_has_the_last_faces_in_its_own_size() -> None:
    found = readings(UpperLeft(), [(SMALL, None), (LARGE, None)], sampling=EveryNth(2))
    assert [reading.analysed for reading in found] == [True, False]
    assert boxes(found) == [(1, Box(0.0, 0.0, 80.0, 45.0)), (1, Box(0.0, 0.0, 640.0, 360.0))]


@pytest.mark.parametrize(
    ("pixel_aspect", "searched"), [(Fraction(64, 45), (1024, 576)), (Fraction(1, 2), (720, 1152)), (1, (720, 576))]
)
def test_faces_are_searched_in_true_proportions_and_their_boxes_are_stored_pixels(
    pixel_aspect: Fraction, searched: tuple[int, int]
) -> None:
    detector = UpperLeft()
    found = readings(detector, [(Canvas(720, 576, Fraction(pixel_aspect)), None)])
    assert detector.sizes == [searched]
    assert boxes(found)[0][1] == pytest.approx(Box(0.0, 0.0, 360.0, 288.0))


def test_everything_to_hide_is_in_pixels_of_the_canvas() -> None:
    search = Lookout(EveryFrame(FakeDetector()), EveryFrame(UpperLeft()))
    analyser = Analyser(search, StillFaces(), FakeEngine(), Unsmoothed())
    frame = Frame(np.zeros((90, 160, 3), np.uint8), 0, 0, Fraction(1), shown_on=LARGE)
    ((_, reading),) = analyser.read(analyser.find([frame]))
    assert reading.seen == (Box(0.0, 0.0, 640.0, 360.0),)


@pytest.mark.parametrize("taken", [1, 3, 8, 20])
def test_an_error_of_the_source_comes_after_the_frames_that_the_search_holds(taken: int, assets: Path) -> None:
    def failing() -> Iterator[Frame]:
        for index in range(taken):
            yield Frame(face(640, 360), index, index, Fraction(1, 30))
        raise SourceError("the cable was pulled", "plug it in")

    with detect.create(Settings(detector="mediapipe")) as detector:
        search = detect.create_search(detector, None, Settings())
        found = Analyser(search, MotionTracker(), FakeEngine(), Unsmoothed()).find(failing())
        seen = [(one.frame.index, len(one.tracked)) for one in islice(found, taken)]
        with pytest.raises(SourceError, match="the cable was pulled"):
            next(found)
    assert seen == [(index, 1) for index in range(taken)]


@pytest.fixture(scope="module")
def models() -> Iterator[Models]:
    with Models(Settings(detector="haar", backend="pytorch", blur=False)) as opened:
        yield opened


def read(path: Path, models: Models) -> list[FrameReading]:
    with open_source(path) as source:
        analyser = models.analyser()
        return [reading for _, reading in analyser.read(analyser.find(source))]


def face(width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(smile(150, (0.5, 0.55)), (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def test_a_real_face_is_one_face_through_a_change_of_size(tmp_path: Path, models: Models) -> None:
    parts = [[face(160, 90)] * 5, [face(640, 360)] * 5]
    found = read(write_parts(tmp_path / "call.webm", parts, VP8), models)
    assert [len(reading.faces) for reading in found] == [1] * 10
    assert {face_id for face_id, _ in boxes(found)} == {1}
    (_, small), (_, large) = boxes(found)[4:6]
    assert small.iou(large) > 0.7


def test_a_real_face_is_found_and_classified_in_pixels_that_are_not_square(tmp_path: Path, models: Models) -> None:
    plain = write_clip(tmp_path / "plain.mp4", [face(640, 360)] * 2)
    tags = (("sample_aspect_ratio", Fraction(20, 7)),)
    squeezed = write_clip(tmp_path / "squeezed.mp4", [face(224, 360)] * 2, Encoding(tags=tags))
    (expected, *_), (found, *_) = read(plain, models), read(squeezed, models)
    assert [len(reading.faces) for reading in (expected, found)] == [1, 1]
    scaled = expected.faces[0].box.scaled(224 / 640, 1)
    assert scaled.iou(found.faces[0].box) > 0.8
    assert found.faces[0].raw == pytest.approx(expected.faces[0].raw, abs=0.1)


def test_only_faces_in_a_region_of_the_canvas_count() -> None:
    left, right = Face(Box(0.0, 0.0, 20.0, 20.0), 0.9), Face(Box(120.0, 0.0, 20.0, 20.0), 0.9)
    frame = Frame(np.zeros((90, 160, 3), np.uint8), 0, 0, Fraction(1), shown_on=LARGE)
    analyser = Analyser(
        EveryFrame(FakeDetector(lambda _: [left, right])),
        StillFaces(),
        FakeEngine(),
        Unsmoothed(),
        regions=Regions.of("640,0,640,720"),
    )
    ((_, reading),) = analyser.read(analyser.find([frame]))
    assert [face.box for face in reading.faces] == [Box(960.0, 0.0, 160.0, 160.0)]
    assert reading.left_out == (Box(0.0, 0.0, 160.0, 160.0),)


def test_a_region_outside_a_live_picture_ends_the_analysis_in_one_line() -> None:
    analyser = Analyser(
        EveryFrame(FakeDetector()), StillFaces(), FakeEngine(), Unsmoothed(), regions=Regions.of("640,0,640,720")
    )
    with pytest.raises(UsageError, match="the region 640,0,640,720 lies outside the picture, which is 160x90"):
        list(analyser.find([Frame(np.zeros((90, 160, 3), np.uint8), 0, 0, Fraction(1))]))
