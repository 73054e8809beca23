"""``fervid export`` as a user calls it."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import onnxruntime
import pytest

from fervid.cli import run
from fervid.core.packages import pip_install
from fervid.engines import resolve
from fervid.engines.manifest import WEIGHTS


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_file_named_after_the_engine(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "emotionnet"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "wrote emotionnet.onnx; its logits agree with PyTorch's to 0.0001\n"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession("emotionnet.onnx", options, providers=["CPUExecutionProvider"])
    assert session.get_inputs()[0].shape == ["batch", 1, 48, 48]


def test_an_existing_file_is_kept_without_overwrite(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "mine.onnx").write_text("mine")
    command = ["export", "emotionnet", "-o", "mine.onnx", "--quiet"]
    assert run(command) == 1
    assert capsys.readouterr().err.startswith("fervid: 'mine.onnx' exists already; replace it with --overwrite")
    assert (desk / "mine.onnx").read_text() == "mine"
    assert run([*command, "--overwrite"]) == 0
    assert (desk / "mine.onnx").stat().st_size > 1_000_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["emotionet"], "did you mean emotionnet?"),
        (["./nowhere"], "'nowhere' does not exist"),
        (["emotionnet", "-o", "nowhere/model.onnx"], "'nowhere/model.onnx' cannot be written"),
    ],
)
def test_one_line_for_each_mistake(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["export", *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("fervid: ")
    assert words in line
    assert list(desk.iterdir()) == []


def test_the_weights_of_the_engine_are_not_overwritten(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(resolve("emotionnet"), "mine")
    before = (desk / "mine" / WEIGHTS).read_bytes()
    assert run(["export", "./mine", "-o", f"mine/{WEIGHTS}", "--overwrite"]) == 2
    assert capsys.readouterr().err == f"fervid: 'mine/{WEIGHTS}' belongs to the engine; choose another -o\n"
    assert (desk / "mine" / WEIGHTS).read_bytes() == before


def test_without_the_packages(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert run(["export", "emotionnet"]) == 1
    assert pip_install("fervid[onnx]") in capsys.readouterr().err
