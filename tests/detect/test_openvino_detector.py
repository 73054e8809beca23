"""BlazeFace by OpenVINO: the faces that MediaPipe finds, the same in every run, and MediaPipe where it cannot run."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import portrait, smile, view

from fervid import detect
from fervid.core.cache import ENGINES
from fervid.core.readings import Face
from fervid.detect.assets import MODELS
from fervid.detect.blazeface import runtime
from fervid.detect.mediapipe import MediaPipeDetector
from fervid.detect.openvino_detector import OpenVINODetector
from fervid.errors import DetectorError
from fervid.settings import Settings

Image = NDArray[np.uint8]
Draw = Callable[..., tuple[Image, object]]
Pair = tuple[OpenVINODetector, MediaPipeDetector]

SCORE, WIDTH = 0.01, 0.01
"""The largest differences from MediaPipe: of the score, and of a key point in widths of the face."""

LEAST = 0.3


@pytest.fixture(scope="module", params=list(MODELS))
def pair(request: pytest.FixtureRequest, assets: Path) -> Iterator[Pair]:
    """Both ways to run a model, which find faint faces too."""
    model = assets / MODELS[request.param].file
    with (
        OpenVINODetector(request.param, model, min_score=LEAST, min_face=1) as one,
        MediaPipeDetector(request.param, model, min_score=LEAST, min_face=1) as other,
    ):
        yield one, other


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(ENGINES.variable, str(tmp_path / "engines"))
    return tmp_path / "engines"


def compare(pair: Pair, image: Image) -> int:
    """Check that both ways find the same faces, and return how many there are."""
    found, expected = pair[0].detect(image), pair[1].detect(image)
    assert len(found) == len(expected)
    left = list(found)
    for other in expected:
        one = min(left, key=lambda face: face.box.centre.distance(other.box.centre))
        left.remove(one)
        assert abs(one.score - other.score) <= SCORE
        assert furthest(one, other) <= WIDTH * other.box.width
        if is_inside(one, image):
            # MediaPipe cuts off the fractions of box coordinates, in a picture of 640 pixels at most.
            pixel = max(1.0, max(image.shape) / 640)
            edges = ("x", "y", "right", "bottom")
            assert max(abs(getattr(one.box, edge) - getattr(other.box, edge)) for edge in edges) <= 2 * pixel
    return len(found)


def furthest(one: Face, other: Face) -> float:
    return max(a.distance(b) for a, b in zip(one.keypoints, other.keypoints, strict=True))


def is_inside(face: Face, image: Image) -> bool:
    """MediaPipe moves a box that reaches beyond the picture into it."""
    height, width = image.shape[:2]
    return face.box.x >= 0 and face.box.y >= 0 and face.box.right <= width and face.box.bottom <= height


@pytest.mark.parametrize(("width", "height"), [(96, 96), (320, 180), (361, 641), (1281, 719), (2560, 1440)])
def test_a_drawn_face_is_the_same_at_any_size(pair: Pair, draw: Draw, width: int, height: int) -> None:
    assert compare(pair, draw(width, height, size=0.5 * min(1.0, width / height))[0]) == 1


def test_a_real_face_is_the_same_at_any_size_and_tilt(pair: Pair) -> None:
    found = [compare(pair, smile(side, tilt=tilt)) for side in (60, 120, 200) for tilt in (-40, -15, 0, 10, 30)]
    assert sum(found) >= 8


@pytest.mark.parametrize("gain", [0.25, 1.7])
def test_dark_and_bright_faces_are_the_same(pair: Pair, gain: float) -> None:
    assert compare(pair, smile(gain=gain)) == 1


def test_close_ups_and_faces_at_the_edge_are_the_same(pair: Pair) -> None:
    random = np.random.default_rng(0)
    found = 0
    for _ in range(30):
        side = int(random.integers(90, 400))
        left, top = random.integers(0, 512 - side, 2)
        found += compare(pair, np.ascontiguousarray(portrait()[top : top + side, left : left + side]))
    assert found >= 10


def test_several_faces_and_their_mirror_images_are_the_same(pair: Pair) -> None:
    face = smile(150, size=(320, 320))
    crowd = np.vstack([np.hstack([face, face[:, ::-1]]), np.hstack([cv2.convertScaleAbs(face, alpha=0.6), face])])
    assert compare(pair, crowd) == 4
    assert compare(pair, np.ascontiguousarray(crowd[:, :400])) >= 2


def test_a_face_seen_twice_in_the_anchors_is_one(pair: Pair) -> None:
    assert compare(pair, np.ascontiguousarray(portrait())) == 1


@pytest.mark.data
def test_real_clips_show_the_same_faces(pair: Pair, real_clips: Path) -> None:
    pictures = found = 0
    for path in sorted(real_clips.glob("*.m[op][v4]")):
        capture = cv2.VideoCapture(str(path))
        for number in range(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))):
            read, image = capture.read()
            if not read or number % 24:
                continue
            height = image.shape[0]
            middle = (image.shape[1] - height) // 2
            for shown in (image, np.ascontiguousarray(image[:, middle : middle + height]), image[::2, ::2].copy()):
                found += compare(pair, shown)
                pictures += 1
    assert pictures > 80
    assert found > 50


def test_the_box_of_a_face_at_the_edge_is_where_the_face_is(pair: Pair) -> None:
    whole = smile(180, size=(640, 360))
    (expected,) = pair[0].detect(whole)
    cut = round(expected.box.x + 0.1 * expected.box.width)
    found, *_ = pair[0].detect(np.ascontiguousarray(whole[:, cut:]))
    assert found.box.x < 0
    assert found.box.iou(expected.box._replace(x=expected.box.x - cut)) > 0.9


def test_a_compiled_network_from_the_cache_gives_the_same_bytes(own_cache: Path, assets: Path) -> None:
    rows = []
    for _ in range(2):
        with detect.create(Settings(detector="mediapipe", min_score=0.2)) as detector:
            rows.append([detector.detect(view((x, 130), 1.3)) for x in range(120, 320, 20)])
    assert [path.name[:9] for path in own_cache.iterdir()] == ["detector-"]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("content", [b"", b"x" * 5000], ids=["empty", "other"])
def test_a_damaged_compiled_network_is_compiled_again(own_cache: Path, assets: Path, content: bytes) -> None:
    with detect.create(Settings(detector="mediapipe")) as detector:
        expected = detector.detect(smile())
    (path,) = own_cache.iterdir()
    path.write_bytes(content)
    with detect.create(Settings(detector="mediapipe")) as detector:
        assert detector.detect(smile()) == expected
    kept = path.read_bytes()  # OpenVINO does not export the same number of bytes each time
    digest, network = kept[:32], kept[32:]
    assert digest == hashlib.sha256(network).digest()


def test_where_the_compiled_network_cannot_be_kept_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, assets: Path
) -> None:
    (tmp_path / "file").write_text("no folder can be made in it")
    monkeypatch.setenv(ENGINES.variable, str(tmp_path / "file" / "engines"))
    with caplog.at_level(logging.INFO), detect.create(Settings(detector="mediapipe")) as detector:
        assert len(detector.detect(smile())) == 1
    assert caplog.messages == []


def test_threads_may_share_a_detector(pair: Pair) -> None:
    views = [smile(side) for side in (100, 140, 180, 220)] * 5
    expected = [pair[0].detect(image) for image in views]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(pair[0].detect, views)) == expected


def test_a_closed_detector_says_so(assets: Path) -> None:
    detector = OpenVINODetector("mediapipe", assets / MODELS["mediapipe"].file, min_score=0.5, min_face=24)
    detector.close()
    detector.close()
    with pytest.raises(ValueError, match="closed"):
        detector.detect(np.zeros((9, 9, 3), np.uint8))


def test_a_file_that_is_no_model_is_one_clear_error(tmp_path: Path, own_cache: Path) -> None:
    path = tmp_path / "mine.tflite"
    path.write_bytes(b"no model")
    with pytest.raises(DetectorError, match="OpenVINO cannot load") as caught:
        OpenVINODetector("mediapipe", path, min_score=0.5, min_face=24)
    assert "\n" not in str(caught.value)


def test_openvino_runs_it_without_loading_mediapipe(assets: Path) -> None:
    code = (
        "import sys\nfrom fervid import detect\nfrom fervid.settings import Settings\n"
        "detect.create(Settings()).close()\n"
        "print([m for m in ('mediapipe', 'matplotlib', 'torch', 'openvino_telemetry.main') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert runtime() == "OpenVINO"


def test_without_openvino_mediapipe_runs_it_and_the_log_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, assets: Path
) -> None:
    caplog.set_level(logging.DEBUG, logger="fervid")
    monkeypatch.setitem(sys.modules, "openvino", None)
    with detect.create(Settings(detector="mediapipe")) as detector:
        assert isinstance(detector, MediaPipeDetector)
    assert runtime() == "MediaPipe"
    assert "the detector mediapipe runs with MediaPipe" in caplog.text


def test_a_model_of_ones_own_runs_with_mediapipe(assets: Path) -> None:
    model = assets / MODELS["mediapipe"].file
    with detect.create(Settings(detector="mediapipe", detector_model=model)) as detector:
        assert isinstance(detector, MediaPipeDetector)
