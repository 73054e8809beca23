"""A network loads a file of ImageNet weights, or one line says why it cannot."""

from __future__ import annotations

import logging
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from fervid import networks
from fervid.errors import EngineError
from fervid.networks import pretrained

Tensors = dict[str, Tensor]
Change = Callable[[Tensors], object]

with torch.device("meta"):
    SHAPES = networks.create("resnet18")
    """A network without values, for files that fail before they are used."""


@pytest.fixture(scope="module")
def imagenet() -> Tensors:
    """Return weights of ResNet-18 in torchvision's layout, with random values."""
    torch.manual_seed(6)
    tensors = networks.create("resnet18", classes=1000, channels=3).state_dict()
    for name, tensor in tensors.items():
        if "running" in name or name.endswith("bn1.weight"):
            tensor.uniform_(0.5, 1.5)
    return tensors


@pytest.fixture(scope="module")
def published(imagenet: Tensors, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return files with those weights, by suffix."""
    folder = tmp_path_factory.mktemp("imagenet")
    safetensors.torch.save_file(imagenet, folder / "resnet18.safetensors")
    torch.save(imagenet, folder / "resnet18.pth")
    torch.save(imagenet, folder / "resnet18.pt", _use_new_zipfile_serialization=False)
    return {path.suffix: path for path in folder.iterdir()}


@pytest.fixture
def save(imagenet: Tensors, tmp_path: Path) -> Callable[[Change], Path]:
    """Return a function that writes those weights with a change."""

    def write(change: Change) -> Path:
        tensors = dict(imagenet)
        change(tensors)
        path = tmp_path / "changed.pth"
        torch.save(tensors, path)
        return path

    return write


def state(network: nn.Module) -> Tensors:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
def test_everything_but_the_last_layer_is_loaded(suffix: str, imagenet: Tensors, published: dict[str, Path]) -> None:
    network = networks.create("resnet18", classes=7, channels=3)
    before = state(network)
    pretrained.load(network, published[suffix])
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name] if name.startswith("fc.") else imagenet[name]), name


def test_a_grey_network_agrees_with_a_colour_one_on_grey_images(published: dict[str, Path]) -> None:
    grey, colour = (networks.create("resnet18", channels=channels).eval() for channels in (1, 3))
    for network in (grey, colour):
        pretrained.load(network, published[".pth"])
    grey.get_submodule("fc").load_state_dict(colour.get_submodule("fc").state_dict())
    images = torch.randn(2, 1, 48, 48)
    with torch.inference_mode():
        torch.testing.assert_close(grey(images), colour(images.expand(-1, 3, -1, -1)), atol=1e-4, rtol=1e-4)


def test_a_small_stem_stays_fresh_with_a_warning(
    imagenet: Tensors, published: dict[str, Path], caplog: pytest.LogCaptureFixture
) -> None:
    network = networks.create("resnet18-small")
    before = state(network)
    with caplog.at_level(logging.WARNING):
        pretrained.load(network, published[".safetensors"])
    assert "resnet18.safetensors" in caplog.text
    assert "the stem keeps its fresh weights" in caplog.text
    for name, tensor in network.state_dict().items():
        fresh = name.startswith(("conv1.", "bn1.", "fc."))
        assert torch.equal(tensor, before[name] if fresh else imagenet[name]), name


def test_a_network_with_a_resnet_as_its_backbone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    tensors = networks.create("resnet50", classes=1000, channels=3).state_dict()
    torch.save(tensors, tmp_path / "resnet50.pth")
    network = networks.create("resnet50-frozen", channels=3)
    before = state(network)
    pretrained.load(network, tmp_path / "resnet50.pth")
    for name, tensor in network.state_dict().items():
        wanted = before[name] if name.startswith("head.") else tensors[name.removeprefix("features.")]
        assert torch.equal(tensor, wanted), name


def test_weights_from_before_batch_norm_counted_batches(save: Callable[[Change], Path], imagenet: Tensors) -> None:
    def age(tensors: Tensors) -> None:
        for name in [name for name in tensors if name.endswith("num_batches_tracked")]:
            del tensors[name]

    network = networks.create("resnet18")
    pretrained.load(network, save(age))
    assert torch.equal(network.state_dict()["layer4.1.bn2.running_var"], imagenet["layer4.1.bn2.running_var"])


def test_half_precision_without_a_last_layer(save: Callable[[Change], Path], imagenet: Tensors) -> None:
    def thin(tensors: Tensors) -> None:
        del tensors["fc.weight"], tensors["fc.bias"]
        tensors.update({name: tensor.half() for name, tensor in tensors.items() if tensor.is_floating_point()})

    network = networks.create("resnet18")
    pretrained.load(network, save(thin))
    found = network.state_dict()["layer1.0.conv1.weight"]
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, imagenet["layer1.0.conv1.weight"], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors: tensors.pop("layer2.0.bn1.weight"), "lacks the tensor layer2.0.bn1.weight"),
        (lambda tensors: tensors.pop("conv1.weight"), "lacks the tensor conv1.weight"),
        (
            lambda tensors: tensors.update({"layer1.0.conv1.weight": torch.zeros(64, 64, 1, 1)}),
            r"layer1\.0\.conv1\.weight of shape \(64, 64, 1, 1\), but the network expects \(64, 64, 3, 3\)",
        ),
        (
            lambda tensors: tensors.update({"conv1.weight": torch.zeros(64, 2, 7, 7)}),
            r"conv1\.weight of shape \(64, 2, 7, 7\), but the network expects \(64, 1, 7, 7\)",
        ),
        (lambda tensors: tensors.update({"conv1.weight": torch.zeros(64)}), r"conv1\.weight of shape \(64,\)"),
        (lambda tensors: tensors.update(extra=torch.zeros(1)), "the tensor extra, which the network lacks"),
        (
            lambda tensors: tensors.update({"bn1.weight": torch.ones(64, dtype=torch.int32)}),
            "bn1.weight as torch.int32, but the network expects torch.float32",
        ),
    ],
)
def test_a_mismatch_names_file_and_tensor(save: Callable[[Change], Path], change: Change, message: str) -> None:
    network = networks.create("resnet18")
    before = state(network)
    with pytest.raises(EngineError, match=rf"changed\.pth' (has|lacks) .*?{message.removeprefix('lacks ')}"):
        pretrained.load(network, save(change))
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


def test_weights_of_another_depth(published: dict[str, Path]) -> None:
    with pytest.raises(
        EngineError, match=r"resnet18\.pth' lacks the tensor layer1\.2\.conv1\.weight; .*the same network"
    ):
        pretrained.load(networks.create("resnet34"), published[".pth"])


def test_a_network_without_imagenet_weights(published: dict[str, Path]) -> None:
    with pytest.raises(
        EngineError,
        match=r"cannot take .*resnet18\.pth'; choose a ResNet or efficientnet-lite0",
    ):
        pretrained.load(networks.create("emotionnet"), published[".pth"])


class Malice:
    """An object that makes a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("write", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_code_in_a_file_is_never_run(write: Callable[[object, Path], object], tmp_path: Path) -> None:
    path = tmp_path / "malice.pth"
    write({"conv1.weight": Malice(tmp_path / "made")}, path)
    with pytest.raises(EngineError, match=r"malice\.pth' is damaged, or holds more than tensors"):
        pretrained.load(networks.create("resnet18"), path)
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "content", [[torch.zeros(1)], {"state_dict": {"fc.bias": torch.zeros(1)}}, {1: torch.zeros(1)}]
)
def test_a_file_that_maps_no_names_to_tensors(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "nested.pth")
    with pytest.raises(
        EngineError, match=r"nested\.pth' is not a mapping of names to tensors; save network\.state_dict"
    ):
        pretrained.load(networks.create("resnet18"), tmp_path / "nested.pth")


@pytest.mark.parametrize("suffix", [".safetensors", ".pth", ".pt"])
def test_a_truncated_file(suffix: str, published: dict[str, Path], tmp_path: Path) -> None:
    whole = published[suffix].read_bytes()
    path = tmp_path / f"short{suffix}"
    for length in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(EngineError, match=rf"short\{suffix}' ") as caught:
            pretrained.load(SHAPES, path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "message"), [("gone.pth", "cannot be read"), ("weights.onnx", "is not a")])
def test_a_file_that_is_not_there_or_of_another_kind(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=rf"{name}' {message}"):
        pretrained.load(networks.create("resnet18"), tmp_path / name)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the content of small files of each kind, by suffix."""
    folder = tmp_path_factory.mktemp("tiny")
    tensors = {"conv1.weight": torch.randn(4, 3, 3, 3), "bn1.weight": torch.ones(4)}
    torch.save(tensors, folder / "new.pth")
    torch.save(tensors, folder / "old.pt", _use_new_zipfile_serialization=False)
    safetensors.torch.save_file(tensors, folder / "some.safetensors")
    return {path.suffix: path.read_bytes() for path in folder.iterdir()}


@given(
    suffix=st.sampled_from([".pth", ".pt", ".safetensors"]),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=5),
    kept=st.floats(0, 1),
)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_reported_in_one_line(
    suffix: str, changes: list[tuple[float, int]], kept: float, tiny: dict[str, bytes], tmp_path: Path
) -> None:
    content = bytearray(tiny[suffix])
    for place, value in changes:
        content[int(place * len(content))] = value
    path = tmp_path / f"odd{suffix}"
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(EngineError) as caught:
        pretrained.load(SHAPES, path)
    assert "\n" not in str(caught.value)
