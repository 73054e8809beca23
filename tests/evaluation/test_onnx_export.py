"""ONNX files agree with PyTorch, describe themselves, and hold no traces of where they were made."""

from __future__ import annotations

import json
import re
import sys
import threading
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from fervid import engines, networks
from fervid.core.emotions import FER2013, FERPLUS
from fervid.core.packages import pip_install
from fervid.data.dataset import DataSet
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.manifest import InputSpec, Manifest
from fervid.errors import EngineError, MissingPackageError, OutputError
from fervid.evaluation import engine_folder, onnx_export

SMALL = ("fcnn", "fcn4", "cnn6")
"""Networks of dense layers, of convolutions alone and with batch norm; `simple-conv` is tested in colour."""


def manifest(network: str, classes: tuple[str, ...] = FER2013, channels: int = 1) -> Manifest:
    colour = "rgb" if channels == 3 else "grey"
    return Manifest(
        name=f"{network}-test",
        network=network,
        classes=classes,
        input=InputSpec(networks.size(network), colour, (0.5,) * channels, (0.25,) * channels),
        temperature=1.5,
        data_set="none",
        recipe="none",
        accuracy={},
        sha256="0" * 64,
        fervid="0",
    )


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "emotionnet.onnx"
    onnx_export.export(engines.resolve("emotionnet"), path)
    return path


def test_it_agrees_with_the_engine(shipped: Path, small: DataSet) -> None:
    """The file gives the engine's probabilities, given normalised images and with temperature and softmax applied."""
    faces = small.private_test.images
    with PyTorchEngine.load(engines.resolve("emotionnet"), "cpu", precision="fp32") as engine:
        wanted, spec, temperature = engine.classify(faces), engine.manifest.input, engine.manifest.temperature
    model = session(shipped)
    images = (faces.astype(np.float32) / 255 - spec.mean[0]) / spec.std[0]
    (logits,) = model.run([onnx_export.OUTPUT], {onnx_export.INPUT: images.astype(np.float32)})
    powers = np.exp(logits / temperature)
    np.testing.assert_allclose(powers / powers.sum(1, keepdims=True), wanted, atol=1e-4)


@pytest.mark.parametrize("count", [1, 3, 64])
def test_any_number_of_images_at_once(shipped: Path, count: int) -> None:
    model = session(shipped)
    (logits,) = model.run(None, {"images": np.zeros((count, 1, 48, 48), np.float32)})
    assert logits.shape == (count, 7)


def test_it_describes_itself(shipped: Path) -> None:
    model = session(shipped)
    (taken,), (given,) = model.get_inputs(), model.get_outputs()
    assert (taken.name, taken.shape, taken.type) == ("images", ["batch", 1, 48, 48], "tensor(float)")
    assert (given.name, given.shape) == ("logits", ["batch", 7])
    said = model.get_modelmeta().custom_metadata_map
    known = Manifest.load(engines.resolve("emotionnet"))
    assert tuple(json.loads(said["classes"])) == known.classes
    assert tuple(json.loads(said["mean"])) == known.input.mean
    assert float(said["temperature"]) == known.temperature
    assert said["weights_sha256"] == known.sha256


def test_it_holds_no_path(shipped: Path, root: Path) -> None:
    content = shipped.read_bytes()
    assert str(root).encode() not in content
    assert b".py" not in content


def test_the_same_engine_gives_the_same_file(shipped: Path, tmp_path: Path) -> None:
    onnx_export.export(engines.resolve("emotionnet"), tmp_path / "again.onnx")
    assert (tmp_path / "again.onnx").read_bytes() == shipped.read_bytes()


@pytest.mark.parametrize("name", SMALL)
def test_small_networks(name: str, tmp_path: Path) -> None:
    """`write` itself compares with PyTorch, in batches of several sizes."""
    torch.manual_seed(1)
    onnx_export.write(manifest(name), networks.create(name), tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").stat().st_size > 1000


def test_colour_and_eight_classes(tmp_path: Path) -> None:
    network = networks.create("simple-conv", 8, 3)
    onnx_export.write(manifest("simple-conv", FERPLUS, 3), network, tmp_path / "model.onnx")
    model = session(tmp_path / "model.onnx")
    assert model.get_inputs()[0].shape == ["batch", 3, 48, 48]
    assert model.get_outputs()[0].shape == ["batch", 8]


@pytest.mark.slow
@pytest.mark.parametrize("name", networks.NAMES)
def test_every_network(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    onnx_export.write(manifest(name), networks.create(name), tmp_path / "model.onnx")


class Restless(torch.nn.Module):
    """A network that returns other logits in every call, which no file can do."""

    def __init__(self) -> None:
        super().__init__()
        self.head = torch.nn.Linear(48 * 48, 7)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(images.flatten(1))
        return logits + torch.rand_like(logits)


def test_a_file_that_disagrees_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(
        EngineError, match=r"logits of 'fcnn-test' differ from PyTorch's by up to .*; report this as a bug"
    ):
        onnx_export.write(manifest("fcnn"), Restless(), tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


class Undecided(torch.nn.Module):
    """A network that branches on the values of the images, which no graph can express."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1)[:, :7] if float(images.sum()) > 0 else images.flatten(1)[:, 7:14]


def test_a_network_that_cannot_be_expressed(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="'fcnn-test' cannot be exported to ONNX") as caught:
        onnx_export.write(manifest("fcnn"), Undecided(), tmp_path / "model.onnx")
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_can_end_the_exporter(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the main thread, an interruption of its imports would be an AttributeError, which asks for a report."""
    threads: list[str] = []

    def fail(*_: object, **__: object) -> None:
        threads.append(threading.current_thread().name)
        raise RuntimeError("seen")

    monkeypatch.setattr(torch.onnx, "export", fail)
    with pytest.raises(EngineError, match="seen"):
        onnx_export.export(engines.resolve("emotionnet"), tmp_path / "a.onnx")
    assert threads == ["fervid-native"]


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"model\.onnx' cannot be written"):
        onnx_export.write(manifest("fcnn"), networks.create("fcnn"), tmp_path / "nowhere" / "model.onnx")


def test_without_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The command tells how to install them; a training run only warns, and leaves no file of older weights."""
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(MissingPackageError, match=re.escape(pip_install("fervid[onnx]"))):
        onnx_export.export(engines.resolve("emotionnet"), tmp_path / "model.onnx")
    (tmp_path / "model.onnx").touch()
    for name in ("manifest.json", "weights.safetensors"):
        (tmp_path / name).write_bytes((engines.resolve("emotionnet") / name).read_bytes())
    engine_folder.write_onnx(tmp_path)
    assert not (tmp_path / "model.onnx").exists()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "model.onnx was not written: onnxscript cannot be imported" in caplog.messages[0]
