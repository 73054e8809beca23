"""A compiled engine runs on what it was compiled for, or not at all."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

from fervid import engines
from fervid.engines.compiled import COMPILED, Compiled, digest
from fervid.engines.manifest import MANIFEST, Manifest
from fervid.errors import EngineError, MissingPackageError, UsageError


def test_by_its_folder_or_its_file(compiled_folder: Path) -> None:
    for path in (compiled_folder, compiled_folder / COMPILED, compiled_folder / MANIFEST):
        with engines.load(path) as engine:
            assert (engine.backend, engine.device) == ("openvino", "cpu (fp32)")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"device": "cuda"}, "was built for cpu, not cuda; leave out device"),
        ({"backend": "onnx"}, "was built for openvino, not onnx; leave out backend"),
        ({"precision": "bf16"}, "was built for fp32, not bf16; leave out precision"),
    ],
)
def test_another_device_backend_or_precision(compiled_folder: Path, asked: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        engines.load(compiled_folder, **asked)  # type: ignore[arg-type]


def test_with_other_weights_in_its_manifest(compiled_folder: Path) -> None:
    manifest = dataclasses.replace(Manifest.load(compiled_folder), sha256="a" * 64)
    (compiled_folder / MANIFEST).write_text(manifest.dump())
    with pytest.raises(EngineError, match="was built from other weights than those of its manifest; build the engine"):
        engines.load(compiled_folder)


def test_without_its_package(compiled_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingPackageError, match=r"openvino.*run: pip install"):
        engines.load(compiled_folder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"backend": "caffe"}, "was built for the unknown backend 'caffe'"),
        ({"precision": "fp8"}, "wrong value for precision"),
        ({"format": 2}, "has format 2, but this fervid reads format 1"),
        ({"batch": {"least": 8, "best": 4, "most": 16}}, "wrong value for batch"),
        ({"files": {}}, "wrong value for files"),
        ({"files": {"../model.xml": "0" * 64}}, "names of files in the folder"),
        ({"files": {"model.xml": "0"}}, "wrong value for files.model.xml"),
        ({"weights": "none"}, "wrong value for weights"),
        ({"extra": 1}, "has the unknown key extra"),
    ],
)
def test_a_wrong_value_in_its_file(compiled_folder: Path, changes: dict[str, object], words: str) -> None:
    document = json.loads((compiled_folder / COMPILED).read_text())
    (compiled_folder / COMPILED).write_text(json.dumps(document | changes))
    with pytest.raises(EngineError, match=words):
        engines.load(compiled_folder)


def test_a_graph_that_its_backend_cannot_load(compiled_folder: Path) -> None:
    compiled = Compiled.load(compiled_folder)
    content = (compiled_folder / "model.xml").read_bytes().replace(b'version="opset1"', b'version="opset99"')
    (compiled_folder / "model.xml").write_bytes(content)
    with pytest.raises(EngineError, match="does not have the SHA-256 digest"):
        engines.load(compiled_folder)
    signed = dataclasses.replace(compiled, files={**compiled.files, "model.xml": digest(content)})
    (compiled_folder / COMPILED).write_text(signed.dump())
    with pytest.raises(EngineError, match="OpenVINO cannot load"):
        engines.load(compiled_folder)
