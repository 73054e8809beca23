"""int8 is calibrated on drawn faces, which any engine can take, and which make it as accurate as others would."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from fervid import engines
from fervid.engines import calibration_faces
from fervid.engines.calibration_faces import PICTURE, drawn_calibration
from fervid.engines.manifest import InputSpec
from samples.draw_calibration import draw
from samples.labelled_faces import draw_labelled_faces


@pytest.mark.parametrize(("size", "colour", "channels"), [(48, "grey", 1), (40, "grey", 1), (64, "rgb", 3)])
def test_they_have_the_size_and_colour_of_the_engine(size: int, colour: str, channels: int) -> None:
    calibration = drawn_calibration(InputSpec(size, colour, (0.0,) * channels, (1.0,) * channels))
    assert calibration.source == "128 drawn faces"
    assert calibration.crops.shape == (128, channels, size, size)
    assert calibration.crops.dtype == np.uint8
    assert (calibration.crops == calibration.crops[:, :1]).all()


def test_each_shows_one_whole_face() -> None:
    crops = drawn_calibration(InputSpec(48, "grey", (0.0,), (1.0,))).crops[:, 0]
    drawn = draw_labelled_faces({"training": 128}).images
    assert np.abs(crops.astype(int) - drawn).mean() < 1  # other versions of OpenCV draw edges a little differently


def test_the_picture_is_what_its_generator_draws() -> None:
    shown = cv2.imread(str(Path(calibration_faces.__file__).with_name(PICTURE)), cv2.IMREAD_GRAYSCALE)
    assert shown is not None
    assert np.abs(shown.astype(int) - draw()).mean() < 1


@pytest.mark.parametrize("name", ["swift-video", "emotionnet"])
def test_an_engine_in_int8_agrees_with_itself_in_float32(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FERVID_ENGINES", str(tmp_path))
    faces = draw_labelled_faces({"training": 140}, seed=2).images[:, None]  # not those that it was calibrated on
    labels = {}
    for precision in ("fp32", "int8"):
        with engines.load(name, "cpu", backend="openvino", precision=precision) as engine:
            labels[precision] = engine.classify(faces).argmax(1)
    assert (labels["int8"] == labels["fp32"]).mean() > 0.95
