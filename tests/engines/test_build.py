"""A compiled engine is whole or not there."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest

from fervid.engines import backends
from fervid.engines.backends import Calibration, Plan
from fervid.engines.build import build
from fervid.engines.compiled import COMPILED, Compiled
from fervid.engines.manifest import MANIFEST, Manifest
from fervid.errors import EngineError, FervidError, UsageError


def test_a_folder_that_holds_something_else(engine_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    for folder in (tmp_path / "out", tmp_path / "out" / "mine.txt", engine_folder):
        with pytest.raises(FervidError, match="exists and is not a compiled engine"):
            build(engine_folder, backends.get("onnx"), Plan(precision="fp32"), folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "tried"]


def test_an_earlier_build_is_replaced_at_the_end(engine_folder: Path, compiled_folder: Path) -> None:
    shutil.copy(compiled_folder / COMPILED, compiled_folder / "left-over")
    build(engine_folder, backends.get("onnx"), Plan(precision="fp32"), compiled_folder)
    assert sorted(path.name for path in compiled_folder.iterdir()) == [COMPILED, MANIFEST, "model.onnx"]
    assert sorted(path.name for path in compiled_folder.parent.iterdir()) == ["compiled", "tried"]


def test_a_build_that_fails_leaves_the_earlier_one(engine_folder: Path, compiled_folder: Path) -> None:
    before = (compiled_folder / COMPILED).read_bytes()
    (engine_folder / MANIFEST).write_text("{")
    with pytest.raises(EngineError, match="not JSON"):
        build(engine_folder, backends.get("onnx"), Plan(precision="fp32"), compiled_folder)
    assert (compiled_folder / COMPILED).read_bytes() == before
    assert sorted(path.name for path in compiled_folder.parent.iterdir()) == ["compiled", "tried"]


def test_ctrl_c_while_a_build_takes_the_place_of_the_earlier_one_waits_until_it_has(
    engine_folder: Path, compiled_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        moved = rename(path, target)
        if path == compiled_folder:
            signal.raise_signal(signal.SIGINT)
        return moved

    (compiled_folder / "left-over").touch()
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build(engine_folder, backends.get("onnx"), Plan(precision="fp32"), compiled_folder)
    assert sorted(path.name for path in compiled_folder.iterdir()) == [COMPILED, MANIFEST, "model.onnx"]
    assert sorted(path.name for path in compiled_folder.parent.iterdir()) == ["compiled", "tried"]


def test_a_build_that_was_about_to_be_replaced_when_the_process_was_killed_comes_back(
    engine_folder: Path, compiled_folder: Path
) -> None:
    before = (compiled_folder / COMPILED).read_bytes()
    compiled_folder.rename(compiled_folder.with_name("compiled.89abcdef.old"))
    (engine_folder / MANIFEST).write_text("{")
    with pytest.raises(EngineError, match="not JSON"):
        build(engine_folder, backends.get("onnx"), Plan(precision="fp32"), compiled_folder)
    assert (compiled_folder / COMPILED).read_bytes() == before
    assert sorted(path.name for path in compiled_folder.parent.iterdir()) == ["compiled", "tried"]


def test_the_description_of_a_build(engine_folder: Path, calibration: Calibration, tmp_path: Path) -> None:
    plan = Plan(precision="int8", calibration=calibration)
    built = build(engine_folder, backends.get("onnx"), plan, tmp_path / "out")
    compiled = Compiled.load(tmp_path / "out")
    assert compiled == built.compiled
    assert compiled.calibration == "64 drawn faces"
    assert compiled.weights == Manifest.load(engine_folder).sha256
    assert list(compiled.files) == ["model.onnx"]
    assert built.size == sum(path.stat().st_size for path in (tmp_path / "out").iterdir())


def test_calibration_is_for_int8_alone(engine_folder: Path, calibration: Calibration, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="faces to calibrate on"):
        Plan(precision="int8")
    plan = Plan(precision="fp32", calibration=calibration)
    with pytest.raises(UsageError, match="--calibration DATA"):
        build(engine_folder, backends.get("onnx"), plan, tmp_path / "out")
    assert not (tmp_path / "out").exists()
