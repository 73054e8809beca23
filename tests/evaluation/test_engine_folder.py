"""The folder of a trained engine is replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from fervid import engines, networks
from fervid.core.emotions import FER2013
from fervid.engines.manifest import InputSpec, Manifest
from fervid.evaluation import engine_folder


@pytest.fixture
def tensors(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, torch.Tensor]:
    """Return weights of a network."""
    monkeypatch.setattr(engine_folder, "card", lambda *_: "a card")
    torch.manual_seed(1)
    return networks.create("simple-conv", 7, 1).state_dict()


def write(folder: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    manifest = Manifest(
        name="mine",
        network="simple-conv",
        classes=FER2013,
        input=InputSpec(48, "grey", (0.5,), (0.25,)),
        temperature=1.0,
        data_set="drawn",
        recipe="mine",
        accuracy={},
        sha256="0" * 64,
        fervid="0",
    )
    engine_folder.write(folder, manifest, tensors, cast("Any", None))


def test_a_process_that_ends_between_weights_and_manifest_leaves_the_earlier_engine(
    tensors: Mapping[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "engine", tensors)
    before = Manifest.load(tmp_path / "engine").sha256

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(engine_folder, "write_text", end)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / "engine", {name: tensor + 1 for name, tensor in tensors.items()})
    with engines.load(tmp_path / "engine", "cpu", backend="pytorch") as engine:
        assert engine.manifest.sha256 == before
    assert [path.name for path in tmp_path.iterdir()] == ["engine"]


def test_files_of_the_user_stay_in_the_folder(tensors: Mapping[str, torch.Tensor], tmp_path: Path) -> None:
    write(tmp_path / "engine", tensors)
    (tmp_path / "engine" / "model.onnx").write_text("of earlier weights")
    (tmp_path / "engine" / "notes.txt").write_text("mine")
    (tmp_path / "engine" / "plots").mkdir()
    (tmp_path / "engine" / "plots" / "a.png").write_bytes(b"mine")
    write(tmp_path / "engine", tensors)
    names = sorted(path.name for path in (tmp_path / "engine").iterdir())
    assert names == ["README.md", "manifest.json", "notes.txt", "plots", "weights.safetensors"]
    assert (tmp_path / "engine" / "plots" / "a.png").read_bytes() == b"mine"
