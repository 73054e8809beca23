"""Engines in a temporary folder, and drawn faces to run them on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
from numpy.typing import NDArray
from torch import Tensor
from written_engines import sign, write_engine

from fervid.core.emotions import FER2013
from fervid.data.dataset import DataSet
from fervid.engines.backends import Calibration, Plan, get
from fervid.engines.build import build
from fervid.engines.manifest import WEIGHTS, InputSpec, Manifest


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """Return a manifest whose digest matches no file."""
    return Manifest(
        name="tried",
        network="emotionnet",
        classes=FER2013,
        input=InputSpec(48, "grey", (0.508,), (0.255,)),
        temperature=1.25,
        data_set="FER2013",
        recipe="tried",
        accuracy={"public_test": 0.5},
        sha256="0" * 64,
        fervid="0.1.0",
    )


@pytest.fixture(scope="session")
def untrained(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a whole engine with weights that were never trained; no test may change it."""
    return write_engine(tmp_path_factory.mktemp("untrained") / manifest.name, manifest)


@pytest.fixture
def engine_folder(untrained: Path, tmp_path: Path) -> Path:
    """Return a copy of the untrained engine that a test may change."""
    return shutil.copytree(untrained, tmp_path / untrained.name)


@pytest.fixture(scope="session")
def untrained_build(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the untrained engine built for OpenVINO; no test may change it."""
    folder = tmp_path_factory.mktemp("built") / "compiled"
    return build(untrained, get("openvino"), Plan(precision="fp32"), folder).folder


@pytest.fixture
def compiled_folder(untrained_build: Path, tmp_path: Path) -> Path:
    """Return a copy of that build that a test may change."""
    return shutil.copytree(untrained_build, tmp_path / untrained_build.name)


@pytest.fixture
def change_weights(engine_folder: Path) -> Callable[[Callable[[dict[str, Tensor]], object]], None]:
    """Return a function that changes the tensors of the engine and updates the digest in its manifest."""

    def change(edit: Callable[[dict[str, Tensor]], object]) -> None:
        tensors = safetensors.torch.load_file(engine_folder / WEIGHTS)
        edit(tensors)
        safetensors.torch.save_file(tensors, engine_folder / WEIGHTS)
        sign(engine_folder)

    return change


@pytest.fixture
def change_file(engine_folder: Path) -> Callable[[bytes], None]:
    """Return a function that replaces the content of the weights file and updates the digest in the manifest."""

    def change(content: bytes) -> None:
        (engine_folder / WEIGHTS).write_bytes(content)
        sign(engine_folder)

    return change


@pytest.fixture(scope="session")
def faces(small: DataSet) -> NDArray[np.uint8]:
    """Return (256, 1, 48, 48) drawn faces: each once as it is and once mirrored."""
    drawn = np.concatenate([small.private_test.images, small.public_test.images, small.training.images])
    return np.concatenate([drawn, drawn[..., ::-1]])


@pytest.fixture(scope="session")
def calibration(small: DataSet) -> Calibration:
    """Return the drawn faces that int8 is calibrated on."""
    return Calibration(small.training.images, "64 drawn faces")
