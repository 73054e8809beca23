"""Every backend gives the same predictions for the same faces, within the limits of its precision.

Tests of backends that need an NVIDIA GPU run with ``pytest -m gpu``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from written_engines import write_engine

from fervid import engines, networks
from fervid.engines import backends
from fervid.engines.backends import Calibration, Plan
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.base import Engine
from fervid.engines.build import build
from fervid.engines.compiled import Batch
from fervid.engines.manifest import Manifest
from fervid.engines.measure.comparison import noise
from fervid.networks import NAMES

TOLERANCES = {"fp32": (1e-4, 0.0), "fp16": (0.01, 0.005), "bf16": (0.04, 0.01), "int8": (0.35, 0.04)}
"""Largest difference of a probability from PyTorch's in float32, and largest share of changed labels, by precision."""

ON_CPU = [
    ("pytorch", "fp32"),
    ("pytorch", "bf16"),
    ("openvino", "fp32"),
    ("openvino", "bf16"),
    ("openvino", "int8"),
    ("onnx", "fp32"),
    ("onnx", "int8"),
]
ON_GPU = [
    ("pytorch", "fp32"),
    ("pytorch", "fp16"),
    *((name, precision) for name in ("tensorrt", "tensorrt-rtx") for precision in ("fp32", "fp16", "bf16", "int8")),
]
COMBINATIONS = [
    *(pytest.param(name, precision, "cpu", id=f"{name}-{precision}-cpu") for name, precision in ON_CPU),
    *(
        pytest.param(name, precision, "cuda", id=f"{name}-{precision}-cuda", marks=pytest.mark.gpu)
        for name, precision in ON_GPU
    ),
]

Faces = NDArray[np.uint8]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, calibration: Calibration) -> dict[tuple[str, str], Path]:
    """Return the folders of the engines of this module by backend and precision; `engine` fills it."""
    return {}


@pytest.fixture
def engine(
    name: str,
    precision: str,
    device: str,
    calibration: Calibration,
    compiled: dict[tuple[str, str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Engine]:
    """Return a shipped engine on one backend, built once."""
    if name == "pytorch":
        opened: Engine = PyTorchEngine.load(engines.resolve("emotionnet"), device, precision=precision)
    else:
        if (name, precision) not in compiled:
            backend = backends.get(name)
            plan = Plan(
                precision=precision, batch=Batch(1, 8, 32), calibration=calibration if precision == "int8" else None
            )
            folder = tmp_path_factory.mktemp("engines") / f"{name}-{precision}"
            compiled[name, precision] = build(engines.resolve("emotionnet"), backend, plan, folder).folder
        opened = engines.load(compiled[name, precision], device)
    with opened:
        yield opened


@pytest.fixture(scope="module")
def exact(faces: Faces) -> NDArray[np.float32]:
    """Return PyTorch's probabilities in float32."""
    with PyTorchEngine.load(engines.resolve("emotionnet"), "cpu", precision="fp32") as engine:
        return engine.classify(faces)


@pytest.mark.parametrize(("name", "precision", "device"), COMBINATIONS)
class TestEveryBackend:
    """The same engine on each backend."""

    def test_same_predictions(self, engine: Engine, precision: str, faces: Faces, exact: NDArray[np.float32]) -> None:
        rows = engine.classify(faces)
        largest, changed = TOLERANCES[precision]
        np.testing.assert_allclose(rows, exact, atol=largest)
        assert (rows.argmax(1) != exact.argmax(1)).mean() <= changed

    @pytest.mark.parametrize("count", [0, 1, 7, 32, 33, 100])
    def test_any_number_of_faces_gives_the_rows_of_each(
        self, engine: Engine, precision: str, faces: Faces, count: int
    ) -> None:
        crops = faces[:count]
        rows = engine.classify(crops)
        assert rows.shape == (count, 7)
        assert rows.dtype == np.float32
        np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5)
        for at in range(0, count, 9):
            # Kernels for other batch sizes may round otherwise.
            np.testing.assert_allclose(engine.classify(crops[at : at + 1])[0], rows[at], atol=TOLERANCES[precision][0])

    def test_it_reports_its_backend_and_device(self, engine: Engine, name: str, precision: str, device: str) -> None:
        assert engine.backend == name
        assert engine.device.startswith(device)
        assert engine.device.endswith(f"({precision})")

    def test_crops_that_are_not_contiguous_or_are_read_only(self, engine: Engine, faces: Faces) -> None:
        mirrored = faces[:4, :, :, ::-1]
        fixed = mirrored.copy()
        fixed.flags.writeable = False
        np.testing.assert_array_equal(engine.classify(mirrored), engine.classify(fixed))

    def test_results_outlive_later_calls(self, engine: Engine, faces: Faces) -> None:
        rows = engine.classify(faces[:8])
        before = rows.copy()
        engine.classify(faces[8:16])
        np.testing.assert_array_equal(rows, before)

    def test_crops_of_another_shape_or_type(self, engine: Engine) -> None:
        with pytest.raises(ValueError, match=r"must be \(N, 1, 48, 48\) uint8"):
            engine.classify(np.zeros((2, 3, 48, 48), np.uint8))
        with pytest.raises(ValueError, match="uint8"):
            engine.classify(np.zeros((2, 1, 48, 48), np.float32))  # type: ignore[arg-type]

    def test_closing_twice_and_use_after_closing(self, engine: Engine) -> None:
        engine.close()
        engine.close()
        with pytest.raises(ValueError, match="closed"):
            engine.classify(np.zeros((1, 1, 48, 48), np.uint8))


ALIKE = {"emotionnet", "resnet34", "resnet50", "resnet101", "resnet152", "resnet101-frozen", "resnet152-frozen"}
"""Networks that consist of the same layers as another one, or are on every backend above."""

QUICK = {"efficientnet-lite0", "simple-conv", "swift"}
"""Networks that compile in a few seconds and have most kinds of layers between them."""


@pytest.mark.parametrize("backend", ["openvino", "onnx"])
@pytest.mark.parametrize(
    "network",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
        for name in NAMES
        if name not in ALIKE and not name.endswith("-small")
    ],
)
def test_every_network_compiles_and_predicts_as_in_pytorch(
    network: str, backend: str, manifest: Manifest, tmp_path: Path
) -> None:
    spec = dataclasses.replace(manifest.input, size=networks.size(network))
    trained = write_engine(tmp_path / "trained", dataclasses.replace(manifest, network=network, input=spec))
    crops = noise(spec, 2).images
    with PyTorchEngine.load(trained, "cpu", precision="fp32") as engine:
        expected = engine.classify(crops)
    folder = build(trained, backends.get(backend), Plan(precision="fp32"), tmp_path / "compiled").folder
    with engines.load(folder, "cpu") as engine:
        np.testing.assert_allclose(engine.classify(crops), expected, atol=1e-4)
