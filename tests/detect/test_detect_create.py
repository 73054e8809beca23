"""The detector that the settings ask for, and what happens when it cannot be had."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from fervid import detect
from fervid.detect.assets import MODELS
from fervid.detect.haar import cascade
from fervid.errors import DetectorError, MissingPackageError
from fervid.settings import Settings


@pytest.mark.parametrize(
    ("name", "made"),
    [("auto", "mediapipe"), ("mediapipe", "mediapipe"), ("mediapipe-full", "mediapipe-full"), ("haar", "haar")],
)
def test_each_name_makes_its_detector(name: str, made: str, assets: Path) -> None:
    with detect.create(Settings(detector=name)) as detector:
        assert detector.name == made


def test_auto_falls_back_to_haar_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FERVID_ASSETS", str(tmp_path))
    with caplog.at_level(logging.INFO), detect.create(Settings()) as detector:
        assert detector.name == "haar"
    (warning,) = caplog.messages
    assert "Haar" in warning
    assert "\n" not in warning


def test_auto_falls_back_where_neither_mediapipe_nor_openvino_can_be_imported(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for package in ("mediapipe", "openvino"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, "fervid.detect.mediapipe", raising=False)
    with detect.create(Settings()) as detector:
        assert detector.name == "haar"
    with pytest.raises(MissingPackageError, match="mediapipe"):
        detect.create(Settings(detector="mediapipe"))


def test_mediapipe_by_name_never_falls_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERVID_ASSETS", str(tmp_path))
    with pytest.raises(DetectorError, match="is missing"):
        detect.create(Settings(detector="mediapipe"))


@pytest.mark.parametrize("name", ["auto", "mediapipe"])
def test_a_model_of_ones_own_is_used_or_refused_but_never_replaced(name: str, assets: Path, tmp_path: Path) -> None:
    model = assets / MODELS["mediapipe-full"].file
    with detect.create(Settings(detector=name, detector_model=model)) as detector:
        assert detector.name == "mediapipe"
    with pytest.raises(DetectorError, match="no detector model"):
        detect.create(Settings(detector=name, detector_model=tmp_path / "none.tflite"))


def test_auto_takes_a_cascade_of_ones_own_as_haar() -> None:
    with detect.create(Settings(detector_model=cascade("frontalface"))) as detector:
        assert detector.name == "haar"


def test_importing_the_folder_loads_no_library() -> None:
    code = "import sys, fervid.detect; print([m for m in ('cv2', 'mediapipe', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
