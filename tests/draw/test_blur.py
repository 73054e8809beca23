"""Blurred faces: hidden from viewers and detectors, and impossible to restore."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.astronaut import smile
from support.footage import Footage

from fervid import detect
from fervid.core.emotions import FERPLUS, colour
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.core.timecodes import Timecode
from fervid.draw.blur import Blur, hide
from fervid.draw.painter import Painter
from fervid.run.models import Models
from fervid.run.pipeline import analyse_frames
from fervid.settings import Settings
from fervid.sources import open_source
from samples.drawing import draw_face

Image = NDArray[np.uint8]
BOX = Box(120.0, 100.0, 60.0, 60.0)
CLIPS = ("smile.mp4", "gone.mov", "lean.mp4")


def noise(width: int = 320, height: int = 240) -> Image:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def face(box: Box = BOX, time: float = 0.0) -> FaceReading:
    shares = np.array([0.8 if name == "happy" else 0.2 / 7 for name in FERPLUS], np.float32)
    return FaceReading(0, time, 1, box, 0.9, FERPLUS, shares, shares)


def hidden(
    blur: Blur, *boxes: Box, time: float, analysed: bool = True, seen: tuple[Box, ...] = ()
) -> NDArray[np.bool_]:
    """Return a mask of the pixels of a noisy image that `blur` changes."""
    before = noise()
    after = before.copy()
    blur.hide(after, FrameReading(0, time, tuple(face(box, time) for box in boxes), analysed, seen))
    return np.asarray((before != after).any(axis=2))


def covered(changed: NDArray[np.bool_], box: Box) -> float:
    """Return the share of the box that was changed."""
    part = changed[round(box.y) : round(box.bottom), round(box.x) : round(box.right)]
    return float(part.mean())


@pytest.mark.parametrize("clip", CLIPS)
def test_no_detector_finds_a_blurred_real_face(clip: str, footage: Footage, assets: Path) -> None:
    names = ("mediapipe", "mediapipe-full", "haar")
    detectors = [detect.create(Settings(detector=name, min_face=1)) for name in names]
    settings = Settings(detector="mediapipe", blur=True)
    blur, before, after = Blur(), dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    with (
        Models(settings) as models,
        open_source(footage[clip], end=Timecode.parse("61f")) as source,
        closing(analyse_frames(source, models.analyser())) as results,
    ):
        for frame, reading in results:
            image = frame.image.copy()
            blur.hide(image, reading)
            if frame.index % 20:
                continue
            for detector in detectors:
                seen = detector.detect(frame.image)
                before[detector.name] += len(seen)
                after[detector.name] += sum(
                    any(one.box.iou(face.box) for face in seen) for one in detector.detect(image)
                )
    for detector in detectors:
        detector.close()
    assert min(before.values()) >= 3
    assert after == dict.fromkeys(names, 0)


@pytest.mark.parametrize("size", [12, 24, 60, 200])
def test_no_detector_finds_a_blurred_face_of_any_size(size: int, assets: Path) -> None:
    """The detector is given an enlarged image, so that it would find even a tiny face."""
    wall = np.full((4 * size, 4 * size, 3), (150, 170, 160), np.uint8)
    box = Box(*draw_face(wall, centre=(2 * size, 2 * size), size=size, expression={"happy": 1.0}))
    plain, blurred = (cv2.resize(image, (480, 480)).astype(np.uint8) for image in (wall, without(wall, box)))
    with detect.create(Settings(detector="mediapipe")) as detector:
        assert len(detector.detect(plain)) == 1
        assert detector.detect(blurred) == []


def without(image: Image, box: Box) -> Image:
    image = image.copy()
    hide(image, box)
    return image


def test_details_within_a_cell_are_lost() -> None:
    """All images with the same few means give the same result, so none can be restored from it."""
    image = noise()
    shuffled = image.copy()
    # The head around this box is 108 x 120 pixels, from (46, 42) on: 2 x 3 cells.
    box = Box(70.0, 84.0, 60.0, 60.0)
    random = np.random.default_rng(1)
    for top in (42, 82, 122):
        for left in (46, 100):
            cell = shuffled[top : top + 40, left : left + 54]
            cell[:] = random.permutation(cell.reshape(-1, 3)).reshape(cell.shape)
    assert (image != shuffled).any()
    assert np.array_equal(without(image, box), without(shuffled, box))


def test_the_whole_head_is_blurred() -> None:
    """The blur covers a drawn person from the crown to the chin."""
    image = np.full((360, 480, 3), (150, 170, 160), np.uint8)
    box = Box(*draw_face(image, centre=(240, 170), size=120))
    changed = (image != without(image, box)).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert rows[0] <= box.y - 0.6 * box.height
    assert rows[-1] >= box.bottom + 0.1 * box.height
    assert columns[0] <= box.x - 0.25 * box.width
    assert columns[-1] >= box.right + 0.25 * box.width


@given(
    st.tuples(st.integers(1, 90), st.integers(1, 70)),
    st.builds(Box, st.floats(-300, 300), st.floats(-300, 300), st.floats(0, 500), st.floats(0, 500)),
    st.floats(0, 2),
)
@example((90, 70), Box(20.0, -40.0, 20.0, 20.0), 0.0)
@example((90, 70), Box(40.5, 30.5, 0.0, 0.0), 0.0)
def test_any_box_anywhere_can_be_blurred(size: tuple[int, int], box: Box, moved: float) -> None:
    image = noise(*size)
    hide(image, box, margin=moved)
    assert image.shape == (size[1], size[0], 3)


def test_a_face_outside_the_frame_changes_nothing() -> None:
    image = noise(90, 70)
    for box in (Box(20.0, -40.0, 20.0, 20.0), Box(-60.0, 20.0, 20.0, 20.0), Box(20.0, 100.0, 20.0, 20.0)):
        assert np.array_equal(without(image, box), image)


def test_a_face_too_small_to_classify_is_blurred() -> None:
    assert covered(hidden(Blur(), time=0.0, seen=(BOX,)), BOX) > 0.95


def test_a_face_that_was_left_out_is_blurred() -> None:
    before = noise()
    after = before.copy()
    Blur().hide(after, FrameReading(0, 0.0, (), left_out=(BOX,)))
    assert covered((before != after).any(axis=2), BOX) == 1


def test_nothing_is_blurred_without_a_face() -> None:
    assert not hidden(Blur(), time=0.0).any()


class TestMemory:
    """A face that is lost for a moment must stay hidden."""

    def test_an_area_stays_blurred_for_half_a_second(self) -> None:
        blur = Blur()
        hidden(blur, BOX, time=1.0)
        assert covered(hidden(blur, time=1.2), BOX) > 0.95
        assert covered(hidden(blur, time=1.5), BOX) > 0.95
        assert not hidden(blur, time=1.6).any()

    def test_the_area_grows_because_the_face_may_have_moved(self) -> None:
        blur = Blur()
        areas = [hidden(blur, BOX, time=1.0).sum(), hidden(blur, time=1.2).sum(), hidden(blur, time=1.4).sum()]
        assert areas[0] < areas[1] < areas[2]

    def test_frames_passed_over_blur_the_last_faces_for_any_time(self) -> None:
        blur = Blur()
        sums = [hidden(blur, BOX, time=0.0).sum()]
        sums += [hidden(blur, BOX, time=time, analysed=False).sum() for time in (0.3, 0.9, 20.0, 40.0)]
        assert sums[0] < sums[1] < sums[2] <= sums[3] == sums[4]

    def test_at_low_frame_rates_the_area_stays_for_one_frame(self) -> None:
        blur = Blur()
        hidden(blur, BOX, time=0.0)
        assert covered(hidden(blur, time=2.0), BOX) > 0.95
        assert not hidden(blur, time=4.0).any()

    def test_a_face_that_moves_is_blurred_once(self) -> None:
        blur = Blur()
        hidden(blur, BOX, time=0.0)
        later = hidden(blur, BOX._replace(x=125.0), time=0.04)
        assert later.sum() == hidden(Blur(), BOX._replace(x=125.0), time=0.04).sum()


def test_box_and_label_are_painted_over_the_blur() -> None:
    image = noise()
    Painter(Blur()).paint(image, FrameReading(0, 0.0, (face(),)))
    column = image[130, 110:130]
    assert (column == colour("happy")[::-1]).all(axis=1).any()


def test_a_small_moving_face_is_blurred_in_every_live_frame(assets: Path) -> None:
    """A real one, 7 % of the picture wide; one search of the whole frame does not find it."""
    with Models(Settings(detector="mediapipe", blur=True, batch=1)) as models:
        analyser, blur, found = models.analyser(live=True), Blur(), 0
        for index in range(30):
            picture = np.full((720, 1280, 3), 110, np.uint8)
            left, top = 100 + 12 * index, 300
            person = smile(92, (0.5, 0.55), tilt=4 * np.sin(index / 5), size=(280, 160))
            picture[top : top + 160, left : left + 280] = person
            found += len(models.detector.detect(picture))
            ((_, reading),) = analyser.read(analyser.find([Frame(picture, index, 33 * index, Fraction(1, 1000))]))
            after = picture.copy()
            blur.hide(after, reading)
            changed = np.asarray((picture != after).any(axis=2))
            assert covered(changed, Box(left + 140 - 46, top + 88 - 46, 92, 92)) > 0.9
    assert found == 0


@pytest.mark.parametrize("options", [{}, {"min_face": 1000}, {"min_score": 1.0}])
def test_blur_changes_no_reading_and_sees_faces_that_are_not_classified(
    options: dict[str, float], footage: Footage, assets: Path
) -> None:
    settings = Settings(detector="mediapipe", **options)  # type: ignore[arg-type]
    results = []
    for blur in (False, True):
        with (
            Models(settings.replace(blur=blur)) as models,
            open_source(footage["smile.mp4"], end=Timecode.parse("6f")) as source,
        ):
            analyser = models.analyser()
            results.append([reading for _, reading in analyser.read(analyser.find(source))])
    shown, hidden_ones = results
    for one, other in zip(shown, hidden_ones, strict=True):
        assert [face.box for face in one.faces] == [face.box for face in other.faces]
        assert all(np.array_equal(a.raw, b.raw) for a, b in zip(one.faces, other.faces, strict=True))
        assert len(one.faces) == (0 if options else 1)
        assert one.seen == ()
        assert len(other.seen) == 1


def test_an_area_stays_hidden_where_the_size_of_the_frames_changes() -> None:
    """The face is lost in the very frame that is four times as large."""
    blur = Blur()
    small, large = noise(), noise(1280, 960)
    blur.hide(small, FrameReading(0, 0.0, (face(),)))
    before = large.copy()
    blur.hide(large, FrameReading(1, 0.04, ()))
    assert covered((before != large).any(axis=2), BOX.scaled(4, 4)) > 0.99


@pytest.mark.parametrize("pixel_aspect", [Fraction(91, 32), Fraction(64, 45), Fraction(1, 3)])
def test_a_head_is_hidden_in_pixels_that_are_not_square(pixel_aspect: Fraction) -> None:
    across, down = (1 / float(pixel_aspect), 1.0) if pixel_aspect > 1 else (1.0, float(pixel_aspect))
    before = noise()
    after = before.copy()
    box = BOX.scaled(across, down)
    Painter(Blur()).paint(after, FrameReading(0, 0.0, (), seen=(box,)), pixel_aspect)
    head = Box(box.x - 0.4 * box.width, box.y - 0.7 * box.height, 1.8 * box.width, 2 * box.height)
    assert covered((before != after).any(axis=2), head) > 0.99
