"""Weights and manifests that do not match are reported in one clear line."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fervid import engines
from fervid.engines.manifest import MANIFEST, WEIGHTS
from fervid.errors import DeviceError, EngineError

Edit = Callable[[dict[str, Tensor]], object]


def refused(folder: Path, match: str) -> None:
    """Check that loading fails in one line that names the engine and what to do."""
    with pytest.raises(EngineError, match=match) as caught:
        engines.load(folder, "cpu", backend="pytorch")
    assert "tried" in caught.value.problem
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


def edit_manifest(folder: Path, **changes: Any) -> None:
    document = json.loads((folder / MANIFEST).read_text())
    document["input"].update(changes.pop("input", {}))
    (folder / MANIFEST).write_text(json.dumps(document | changes))


def test_the_whole_engine_loads(engine_folder: Path) -> None:
    with engines.load(engine_folder, "cpu", backend="pytorch") as engine:
        assert engine.manifest.name == "tried"


@pytest.mark.parametrize(
    ("edit", "match"),
    [
        (lambda tensors: tensors.pop("head.4.bias"), r"lacks the tensor head\.4\.bias"),
        (lambda tensors: tensors.update(extra=torch.zeros(1)), "has the tensor extra, which"),
        (
            lambda tensors: tensors.update({"features.0.weight": torch.zeros(32, 3, 3, 3)}),
            r"features\.0\.weight of shape \(32, 3, 3, 3\), but the network expects \(32, 1, 3, 3\)",
        ),
        (lambda tensors: tensors.update({"head.4.bias": torch.zeros(7).half()}), r"head\.4\.bias as torch\.float16"),
        (lambda tensors: tensors["head.4.bias"].fill_(float("nan")), "values that are not finite"),
    ],
    ids=["missing tensor", "extra tensor", "wrong shape", "wrong type", "not a number"],
)
def test_tensors_that_do_not_fit(
    engine_folder: Path, change_weights: Callable[[Edit], None], edit: Edit, match: str
) -> None:
    change_weights(edit)
    refused(engine_folder, match)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is damaged or not a safetensors file"),
        (b"nothing of the kind", "is damaged or not a safetensors file"),
        (pickle.dumps({"head.4.bias": [0.0]}), "a PyTorch pickle, which fervid does not load"),
    ],
    ids=["empty", "text", "pickle"],
)
def test_a_file_of_another_kind(
    engine_folder: Path, change_file: Callable[[bytes], None], content: bytes, match: str
) -> None:
    change_file(content)
    refused(engine_folder, match)


def test_a_file_of_torch_save(engine_folder: Path) -> None:
    torch.save({"head.4.bias": torch.zeros(7)}, engine_folder / WEIGHTS)
    refused(engine_folder, "a PyTorch pickle, which fervid does not load")


def test_a_truncated_file_with_a_matching_digest(engine_folder: Path, change_file: Callable[[bytes], None]) -> None:
    change_file((engine_folder / WEIGHTS).read_bytes()[:-1000])
    refused(engine_folder, "is damaged or not a safetensors file")


@pytest.mark.parametrize("edit", [lambda whole: whole[:-1], lambda whole: whole[:-1] + b"\x01"], ids=["cut", "changed"])
def test_one_byte_is_missing_or_wrong(engine_folder: Path, edit: Callable[[bytes], bytes]) -> None:
    path = engine_folder / WEIGHTS
    path.write_bytes(edit(path.read_bytes()))
    refused(engine_folder, "does not have the SHA-256 digest")


def test_no_weights(engine_folder: Path) -> None:
    (engine_folder / WEIGHTS).unlink()
    refused(engine_folder, r"weights\.safetensors' cannot be read")


def test_one_class_too_many(engine_folder: Path) -> None:
    edit_manifest(
        engine_folder, classes=["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt"]
    )
    refused(engine_folder, r"head\.4\.weight of shape \(7, 512\), but the network expects \(8, 512\)")


def test_an_unknown_network(engine_folder: Path) -> None:
    edit_manifest(engine_folder, network="emotionet")
    refused(engine_folder, r"manifest\.json': there is no network 'emotionet'; did you mean emotionnet")


def test_a_size_that_the_network_does_not_take(engine_folder: Path) -> None:
    edit_manifest(engine_folder, input={"size": 64})
    refused(engine_folder, "does not run on images of 64x64")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_cuda_without_a_gpu(engine_folder: Path) -> None:
    with pytest.raises(DeviceError, match='device="cpu"'):
        engines.load(engine_folder, "cuda", backend="pytorch")
    with engines.load(engine_folder, "auto", backend="pytorch") as engine:
        assert engine.device.startswith("cpu")


def test_an_unknown_device(engine_folder: Path) -> None:
    with pytest.raises(DeviceError, match="choose one of auto, cpu, cuda"):
        engines.load(engine_folder, "tpu")
