"""Frames turned by right angles: in whatever form a stage asks for them, and in what is written."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile
from support.clips import write_clip

import fervid
from fervid.cli import run
from fervid.core.canvas import Canvas
from fervid.core.readings import Frame
from fervid.core.rotation import Rotation
from fervid.errors import UsageError
from fervid.settings import Settings
from fervid.sources import open_live, open_source
from fervid.sources.turned import turn
from fervid.video.orientation import Orientation

ANGLES = [Rotation.RIGHT, Rotation.OVER, Rotation.LEFT]
CLOCKWISE = {Rotation.RIGHT: cv2.ROTATE_90_CLOCKWISE, Rotation.OVER: cv2.ROTATE_180, Rotation.LEFT: 2}


def turned(image: NDArray[np.uint8], angle: Rotation) -> NDArray[np.uint8]:
    return np.asarray(cv2.rotate(image, CLOCKWISE[angle]), np.uint8)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (9, 16, 3), np.uint8)
    image = np.asarray(cv2.resize(coarse, (160, 90), interpolation=cv2.INTER_NEAREST), np.uint8)
    return write_clip(tmp_path / "clip.mp4", [image] * 5)


@pytest.mark.parametrize("angle", ANGLES)
def test_every_form_of_a_frame_is_turned(clip: Path, angle: Rotation) -> None:
    with open_source(clip) as source, open_source(clip, rotation=angle) as other:
        for plain, frame in zip(source, other, strict=True):
            assert np.array_equal(frame.image, turned(plain.image, angle))
            assert np.array_equal(frame.pixels.grey, turned(plain.pixels.grey, angle))
            assert (frame.index, frame.pts) == (plain.index, plain.pts)
            part = frame.pixels.within(10, 20, 60, 70)
            assert np.abs(part.image.astype(int) - frame.image[20:70, 10:60]).max() <= 1
        assert other.info.canvas == source.info.canvas.turned(angle)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("stored", [Orientation(a, b, c) for a in (0, 1) for b in (0, 1) for c in (0, 1)])
def test_the_turn_comes_after_the_one_that_the_file_asks_for(stored: Orientation, angle: Rotation) -> None:
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert np.array_equal(stored.turned(angle).upright(image), turned(stored.upright(image), angle))


def test_pixels_and_canvas_are_turned_with_the_frame() -> None:
    frame = Frame(
        np.zeros((90, 160, 3), np.uint8),
        3,
        4,
        Fraction(1, 25),
        pixel_aspect=Fraction(4, 3),
        shown_on=Canvas(1280, 720, Fraction(4, 3)),
    )
    found = turn(frame, Rotation.LEFT)
    assert (found.size, found.canvas) == (Canvas(90, 160, Fraction(3, 4)), Canvas(720, 1280, Fraction(3, 4)))
    assert turn(frame, Rotation.OVER).size == frame.size
    assert turn(frame, Rotation.NONE) is frame


def test_a_live_source_is_turned_too(clip: Path) -> None:
    with open_live(str(clip), rotation=Rotation.RIGHT) as source:
        sizes = {(frame.width, frame.height) for frame in source}
        assert source.name == str(clip)
    assert sizes == {(90, 160)}


@pytest.mark.parametrize("angle", ANGLES)
def test_footage_that_lies_on_its_side_is_read_and_written_upright(
    tmp_path: Path, assets: Path, angle: Rotation
) -> None:
    upright = smile()
    stored = turned(upright, Rotation(360 - angle))
    clip = write_clip(tmp_path / "side.mp4", [stored] * 3)
    outcome = fervid.annotate(clip, tmp_path / "out.mp4", csv=True, rotate=int(angle), backend="pytorch")
    assert outcome.tally.seconds.keys() >= {"happy"}
    with open_source(tmp_path / "out.mp4") as source:
        frame = next(iter(source))
    assert (frame.height, frame.width) == upright.shape[:2]
    away = np.abs(frame.image.astype(int) - upright)
    assert np.median(away) < 5
    (face,) = fervid.photo(clip_picture(tmp_path, stored), rotate=int(angle), backend="pytorch").faces
    assert face.emotion == "happy"
    row = next(iter(fervid.read(clip, rotate=int(angle), backend="pytorch")))
    assert row.box.iou(face.box) > 0.8


def clip_picture(folder: Path, image: NDArray[np.uint8]) -> Path:
    cv2.imwrite(str(folder / "side.png"), image)
    return folder / "side.png"


def test_the_angle_is_a_number_or_text_and_nothing_else() -> None:
    assert Settings(rotate=90).rotate is Settings(rotate="90").rotate is Rotation.RIGHT
    for wrong in (45, "45", True, 90.0, None, -90):
        with pytest.raises(UsageError, match="rotate takes 0, 90, 180 or 270, not "):
            Settings(rotate=wrong)


def test_the_command_line_takes_right_angles(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["timeline", "clip.mp4", "--rotate", "45"]) == 2
    assert "'45' is not one of '0', '90', '180', '270'" in capsys.readouterr().err
