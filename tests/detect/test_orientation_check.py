"""Footage that lies on its side or upside down is noticed, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile
from support.clips import write_clip
from support.footage import Footage

from fervid.cli import run
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.core.rotation import Rotation
from fervid.detect.orientation_check import OrientationCheck
from fervid.detect.search import EveryFrame, Searched
from fervid.testing import FakeDetector

ANGLES = (Rotation.RIGHT, Rotation.OVER, Rotation.LEFT)


class Marked(FakeDetector):
    """Finds an upright face where the upper left corner is white."""

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        self.calls += 1
        return [Face(Box(0, 0, 9, 9), 0.95)] if Pixels.of(image).image[0, 0, 0] == 255 else []


def frame(index: int = 0, *corners: Rotation) -> Frame:
    """Return a frame with an upright face once it is turned by any of these angles."""
    image = np.zeros((20, 30, 3), np.uint8)
    places = {Rotation.RIGHT: (-1, 0), Rotation.OVER: (-1, -1), Rotation.LEFT: (0, -1)}
    for corner in corners:
        image[places[corner]] = 255
    return Frame(image, index, index, Fraction(1, 25))


def check(
    frames: Sequence[Frame], faces: Callable[[int], Sequence[Face]] = lambda _: ()
) -> tuple[Rotation, FakeDetector]:
    detector = Marked()
    made = OrientationCheck(lambda: EveryFrame(detector))
    for one in frames:
        made.watch(Searched(one, faces(one.index)))
    return made.rotation, detector


@pytest.mark.parametrize("angle", ANGLES)
def test_the_angle_at_which_faces_stand_upright_is_found(angle: Rotation) -> None:
    assert check([frame(index, angle) for index in range(10)])[0] is angle
    assert check([frame(0, angle)])[0] is angle


def test_a_few_frames_are_looked_at_however_long_the_video() -> None:
    _, detector = check([frame(index) for index in range(5000)])
    assert detector.calls == 3 * 7


def test_an_upright_face_ends_the_check() -> None:
    upright = Face(Box(0, 0, 9, 9), 0.9)
    rotation, detector = check([frame(index, Rotation.OVER) for index in range(100)], lambda _: [upright])
    assert (rotation, detector.calls) == (Rotation.NONE, 0)
    late = [frame(index, Rotation.OVER) for index in range(100)]
    assert check(late, lambda index: [upright] if index == 99 else [])[0] is Rotation.NONE


def test_a_weak_face_proves_nothing() -> None:
    weak = Face(Box(0, 0, 9, 9), 0.8)
    assert check([frame(index, Rotation.OVER) for index in range(9)], lambda _: [weak])[0] is Rotation.OVER


def test_one_frame_of_several_or_two_angles_are_no_proof() -> None:
    assert check([frame(0, Rotation.LEFT), *map(frame, range(1, 20))])[0] is Rotation.NONE
    assert check([frame(index, Rotation.LEFT, Rotation.OVER) for index in range(9)])[0] is Rotation.NONE
    assert check([])[0] is Rotation.NONE


@pytest.mark.parametrize("angle", ANGLES)
def test_the_last_line_names_the_angle(
    angle: Rotation, tmp_path: Path, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = np.ascontiguousarray(np.rot90(smile(), angle.quarters))
    clip = write_clip(tmp_path / "side.mp4", [turned] * 6)
    target = tmp_path / "out.csv"
    assert run(["timeline", str(clip), "-o", str(target), "--backend", "pytorch"]) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith(f": turned clockwise by {angle} degrees, it shows upright faces; try --rotate {angle}")
    options = ["--rotate", str(angle), "--overwrite", "--backend", "pytorch"]
    assert run(["timeline", str(clip), "-o", str(target), *options]) == 0
    assert "upright" not in capsys.readouterr().err


def test_a_still_picture_on_its_side_is_noticed_too(
    tmp_path: Path, assets: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cv2.imwrite("side.png", np.ascontiguousarray(np.rot90(smile())))
    cv2.imwrite("upright.png", smile())
    assert run(["photo", "side.png", "upright.png", "--backend", "pytorch"]) == 0
    lines = capsys.readouterr().err.splitlines()
    (line,) = [line for line in lines if "turned" in line]
    assert "'side.png'" in line
    assert line.endswith(": turned clockwise by 90 degrees, it shows upright faces; try --rotate 90")


def test_a_wrong_turn_is_named_too(tmp_path: Path, assets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clip = write_clip(tmp_path / "upright.mp4", [smile()] * 6)
    arguments = ["timeline", str(clip), "-o", str(tmp_path / "out.csv"), "--backend", "pytorch", "--rotate", "90"]
    assert run(arguments) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith("turned clockwise by 270 degrees more, it shows upright faces; leave out --rotate 90")


@pytest.mark.parametrize("clip", ["smile.mp4", "things.mp4"])
def test_upright_footage_and_footage_without_a_face_get_no_such_line(
    clip: str, footage: Footage, tmp_path: Path, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["timeline", str(footage[clip]), "-o", str(tmp_path / "out.csv"), "--backend", "pytorch", "--end", "20f"])
    assert "turned" not in capsys.readouterr().err
