"""MediaPipe: key points, its native log, and models that it cannot use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.core.geometry import Box
from fervid.core.native_output import silenced
from fervid.detect.assets import MODELS
from fervid.detect.mediapipe import MediaPipeDetector
from fervid.errors import DetectorError

Draw = Callable[..., tuple[NDArray[np.uint8], Box]]


@pytest.fixture
def model(assets: Path) -> Path:
    return assets / MODELS["mediapipe"].file


@pytest.mark.parametrize(("width", "height"), [(640, 360), (1920, 1080), (361, 641)])
def test_six_key_points_in_pixels_of_the_whole_frame(model: Path, draw: Draw, width: int, height: int) -> None:
    image, box = draw(width, height, size=0.45 * min(1.0, width / height))
    with MediaPipeDetector("mediapipe", model, min_score=0.5, min_face=24) as detector:
        (face,) = detector.detect(image)
    right, left, nose, mouth, right_ear, left_ear = face.keypoints
    assert right_ear.x < right.x < nose.x < left.x < left_ear.x
    assert right.y < nose.y < mouth.y
    assert right.distance(left) == pytest.approx(box.width * 0.369 / 0.854, rel=0.15)
    assert face.eyes == (right, left)


@pytest.mark.parametrize("closed", [False, True], ids=["open", "closed"])
def test_nothing_is_logged_to_the_terminal(model: Path, tmp_path: Path, closed: bool) -> None:
    """Not while it loads or closes, nor at the exit; and it works where stderr is closed."""
    code = (
        "import sys, pathlib\n"
        "from fervid.detect.mediapipe import MediaPipeDetector\n"
        "MediaPipeDetector('m', pathlib.Path(sys.argv[1]), min_score=0.5, min_face=24).close()\n"
        "print('done')\n"
    )
    command = f"'{sys.executable}' -c \"$CODE\" '{model}'" + (" 2>&-" if closed else "")
    done = subprocess.run(
        ["sh", "-c", command], env=_environment(CODE=code), capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_stderr_is_back_after_the_silence(capfd: pytest.CaptureFixture[str]) -> None:
    with suppress(RuntimeError), silenced():
        subprocess.run(["sh", "-c", "echo lost >&2"], check=True)
        raise RuntimeError
    subprocess.run(["sh", "-c", "echo heard >&2"], check=True)
    assert capfd.readouterr().err == "heard\n"


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "there is no detector model"), (b"no model", "cannot be loaded")]
)
def test_a_useless_model_is_one_clear_error(content: bytes | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.tflite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DetectorError, match=re.escape(str(path))) as caught:
        MediaPipeDetector("mediapipe", path, min_score=0.5, min_face=24)
    assert problem in caught.value.problem
    assert "\n" not in str(caught.value)


def test_a_closed_detector_says_so(model: Path) -> None:
    detector = MediaPipeDetector("mediapipe", model, min_score=0.5, min_face=24)
    detector.close()
    with pytest.raises(ValueError, match="closed"):
        detector.detect(np.zeros((9, 9, 3), np.uint8))


def _environment(**more: str) -> dict[str, str]:

    return {**os.environ, **more}
