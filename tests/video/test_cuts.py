"""Scene cuts, as opposed to flashes, pans, fades and motion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile
from support.footage import CLIPS, Footage
from typing_extensions import override

from fervid.core.frame_pixels import Pixels
from fervid.video.cuts import SceneCuts

Image = NDArray[np.uint8]
REAL = ("expressions_640x360.mp4", "single_face_mp3.mp4", "face_then_none_hevc.mov", "no_face.mp4")


@lru_cache
def frames(path: Path) -> list[Image]:
    capture, found = cv2.VideoCapture(str(path)), []
    while (image := capture.read()[1]) is not None:
        found.append(np.asarray(image, np.uint8))
    return found


def cuts(images: Iterable[Image]) -> list[int]:
    """Return the indices of the frames that begin a new scene."""
    detector = SceneCuts()
    return [number for number, image in enumerate(images) if detector.is_cut(image)]


def scene(seed: int) -> Image:
    """Return a drawn scene of coloured discs on a coloured wall."""
    random = np.random.default_rng(seed)
    image = np.empty((360, 640, 3), np.uint8)
    image[:] = random.integers(0, 256, 3)
    for _ in range(14):
        x, y, radius = random.integers(0, 640), random.integers(0, 360), random.integers(30, 110)
        cv2.circle(image, (int(x), int(y)), int(radius), tuple(map(int, random.integers(0, 256, 3))), -1)
    return image


@pytest.mark.parametrize("step", [1, 3, 10])
def test_clips_have_no_other_cuts_than_their_own(footage: Footage, step: int) -> None:
    check(cuts_of([footage[name] for name in CLIPS], step), step)


@pytest.mark.data
@pytest.mark.parametrize("step", [1, 3, 10])
def test_real_clips_have_no_other_cuts_than_their_own(real_clips: Path, step: int) -> None:
    check(cuts_of([real_clips / name for name in REAL], step), step)


def cuts_of(clips: Sequence[Path], step: int) -> list[list[int]]:
    """Return the frames that begin a new scene of each clip, of which only every `step`th is given."""
    return [[number * step for number in cuts(frames(clip)[::step])] for clip in clips]


def check(found: list[list[int]], step: int) -> None:
    """The third clip goes from a person to a black frame to something else, at frames 72 and 73."""
    expected = {1: [72, 73], 3: [72, 75], 10: [80]}[step]
    assert found == [[], [], expected, []]


@pytest.mark.parametrize("first", ["smile.mp4", "lean.mp4"])
def test_a_cut_from_a_face_to_things_and_back_is_found(first: str, footage: Footage) -> None:
    check_cuts_between(footage[first], footage["things.mp4"])


@pytest.mark.data
@pytest.mark.parametrize(("first", "second"), list(combinations((REAL[0], REAL[1], REAL[3]), 2)))
def test_a_cut_between_two_real_clips_is_found(first: str, second: str, real_clips: Path) -> None:
    check_cuts_between(real_clips / first, real_clips / second)


def check_cuts_between(first: Path, second: Path) -> None:
    joined = [*frames(first)[40:50], *frames(second)[50:60], *frames(first)[40:50]]
    assert cuts(joined) == [10, 20]


def test_cuts_between_drawn_scenes_are_found() -> None:
    images = [scene(seed) for seed in range(12) for _ in range(3)]
    assert cuts(images) == list(range(3, 36, 3))


@pytest.mark.parametrize(("gain", "offset"), [(1.5, 0), (1.3, 60), (1.0, 100), (0.3, 0)])
def test_a_flash_or_a_light_switched_off_is_no_cut(gain: float, offset: float, footage: Footage) -> None:
    for name in CLIPS:
        image = frames(footage[name])[30]
        flash = cv2.convertScaleAbs(image, alpha=gain, beta=offset).astype(np.uint8)
        assert cuts([image, flash, image]) == []


def test_a_fast_pan_is_no_cut() -> None:
    """The pan moves by a fifth of the width in each frame."""
    wide = smile(240, size=(960, 540))
    assert cuts([wide[:, x : x + 480] for x in range(0, wide.shape[1] - 480, 96)]) == []


def test_a_large_object_that_passes_is_no_cut() -> None:
    background, images = smile(), []
    for x in range(-200, 700, 60):
        image = background.copy()
        cv2.rectangle(image, (x, 40), (x + 200, 360), (40, 60, 160), -1)
        images.append(image)
    assert cuts(images) == []


def test_a_fade_to_black_is_no_cut_until_nothing_is_left() -> None:
    image = smile()
    assert cuts([(image * (1 - step / 30)).astype(np.uint8) for step in range(28)]) == []


def test_noise_in_a_dark_picture_is_no_cut() -> None:
    random = np.random.default_rng(1)
    assert cuts([random.integers(0, 12, (360, 640, 3), np.uint8) for _ in range(10)]) == []


def test_frames_may_have_any_size() -> None:
    for shape in ((1, 1, 3), (720, 1280, 3), (3, 900, 3)):
        assert cuts([np.zeros(shape, np.uint8)] * 3) == []


def test_colours_are_converted_only_where_the_brightness_changes() -> None:
    class Counting(Pixels):
        """The pixels of a small image, which count how often their colours are asked for."""

        colours = 0

        @property
        @override
        def grey(self) -> Image:
            return np.asarray(cv2.cvtColor(super().image, cv2.COLOR_BGR2GRAY), np.uint8)

        @property
        @override
        def image(self) -> Image:
            Counting.colours += 1
            return super().image

    small = [cv2.resize(scene(seed), (128, 72)) for seed in (1, 1, 1, 2, 2)]
    detector = SceneCuts()
    found = [(detector.is_cut(Counting(np.asarray(image, np.uint8))), Counting.colours) for image in small]
    assert found == [(False, 0), (False, 0), (False, 0), (True, 2), (False, 2)]
