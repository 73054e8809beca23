"""``fervid bench`` as a user calls it, with the backends that run on a CPU."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fervid import engines
from fervid.cli import run
from fervid.core.packages import pip_install
from fervid.engines import build_cache
from fervid.engines.backends import cuda
from fervid.engines.compiled import Compiled
from fervid.engines.measure import reference
from fervid.errors import DeviceError

QUICK = ["--calls", "2", "--batch", "1,3"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a build cache for all tests of this module."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def desk(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, on a machine without a GPU."""

    def none() -> NoReturn:
        raise DeviceError("there is no NVIDIA GPU", "use --device cpu")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(build_cache.FOLDER, str(kept))
    monkeypatch.setattr(cuda, "capabilities", none)
    return tmp_path


def figures(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def test_every_backend_that_works_here(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "emotionnet", *QUICK, "--precision", "fp32", "--json", "results/times.json"]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("loading emotionnet\n")
    assert said.err.endswith("timing emotionnet, run in 4 ways, with batches of 3\nwrote results/times.json\n")
    title, header, *rows = said.out.splitlines()
    assert title.strip() == "emotionnet on 1 CPU thread, 2 calls, 512 noise images"
    assert header.split() == ["faces", "engine", "ms", "a", "call", "5", "%", "95", "%", "faces/s", "ratio"]
    assert rows[0].split()[:4] == ["1", *reference.NAME.split()]
    assert rows[0].split()[-1] == rows[4].split()[-1] == "1.00"
    assert "without tensorrt, tensorrt-rtx, pytorch cuda: there is no NVIDIA GPU; use --device cpu" in said.out

    found = figures(desk / "results" / "times.json")
    names = [reference.NAME, "openvino fp32", "onnx fp32", "pytorch fp32"]
    assert [(row["batch"], row["engine"]) for row in found["timings"]] == [(n, name) for n in (1, 3) for name in names]
    for row in found["timings"]:
        assert row["calls"] == 2
        assert 0 < row["p5_ms"] <= row["median_ms"] <= row["p95_ms"]
        assert row["faces_per_second"] == pytest.approx(1000 * row["batch"] / row["median_ms"], rel=0.01)
    assert found["engine"]["name"] == "emotionnet"
    assert found["threads"] == 1
    assert found["images"] == "512 noise images"
    assert found["comparisons"] == {}
    assert found["left_out"].keys() == {"tensorrt", "tensorrt-rtx", "pytorch cuda"}
    assert {"processor", "cores", "system", "python", "fervid", "torch", "openvino"} <= found["machine"].keys()


def test_the_shipped_engines_side_by_side(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--device", "cpu", "--backend", "pytorch", "--precision", "fp32", "--json", "all.json"]
    assert run(["bench", *QUICK, *options]) == 0
    title, header, *rows = capsys.readouterr().out.splitlines()
    assert title == "cost on 1 CPU thread, 2 calls; accuracy on private_test, as the model cards state it in float32"
    columns = "engine parameters million multiply-adds run by ms a face ms a face, 3 at once accuracy"
    assert " ".join(header.split()) == columns
    found = figures(desk / "all.json")["engines"]
    assert [each["engine"]["name"] for each in found] == engines.shipped()
    for each, row in zip(found, rows[::2], strict=False):
        engine = each["engine"]
        assert row.split()[0] == engine["name"]
        assert row.split()[1] == f"{engine['parameters']:,}"
        assert row.split()[-1] == f"{engine['accuracy']['private_test']:.2%}"
        for timing in each["timings"]:
            assert timing["ms_a_face"] == pytest.approx(timing["median_ms"] / timing["batch"], abs=1e-3)
    compact = next(each["engine"] for each in found if each["engine"]["name"] == "compact-fer2013")
    assert (compact["parameters"], round(compact["multiply_adds"] / 1e6)) == (2_719_975, 205)


def test_int8_and_real_faces(desk: Path, archives: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """int8 is calibrated on drawn faces, or on those that are given, and an earlier build is used again."""
    command = ["bench", "emotionnet", *QUICK, "--backend", "openvino", "--json", "times.json"]
    assert run([*command, "--precision", "fp32", "--precision", "int8", "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.out == said.err == ""
    timed = figures(desk / "times.json")
    assert timed["left_out"] == {}
    assert {row["engine"] for row in timed["timings"]} == {reference.NAME, "openvino fp32", "openvino int8"}
    (drawn,) = (folder for folder in build_cache.folders() if "int8" in folder.name)
    assert Compiled.load(drawn).calibration == "128 drawn faces"
    options = ["--precision", "int8", "--faces", str(archives), "--overwrite"]
    assert run([*command, *options, "--calibration", str(archives)]) == 0
    said = capsys.readouterr()
    assert "predictions on 32 faces of FER2013, public_test" in said.out
    cost = next(line for line in said.out.splitlines() if line.startswith("cost on"))
    assert cost.endswith("accuracy on 32 faces of FER2013, public_test")
    found = figures(desk / "times.json")
    assert found["left_out"] == {}
    assert found["images"] == "32 faces of FER2013, public_test"
    assert found["comparisons"].keys() == {reference.NAME, "openvino int8"}
    assert found["comparisons"][reference.NAME]["largest_difference"] == 0
    assert 0 < found["comparisons"]["openvino int8"]["largest_difference"] < 0.5
    assert found["comparisons"]["openvino int8"]["accuracy"] > 0.5
    before = build_cache.folders()
    assert run([*command, *options]) == 0
    assert "openvino int8" in capsys.readouterr().out
    assert build_cache.folders() == before


def test_existing_results_are_kept_without_overwrite(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "times.json").write_text("mine")
    command = ["bench", "emotionnet", *QUICK, "--backend", "pytorch", "--device", "cpu", "--json", "times.json", "-q"]
    assert run(command) == 1
    assert capsys.readouterr().err.startswith("fervid: 'times.json' exists already; replace it with --overwrite")
    assert (desk / "times.json").read_text() == "mine"
    assert run([*command, "--overwrite"]) == 0
    assert figures(desk / "times.json")["timings"]


PYTORCH = ["emotionnet", "--backend", "pytorch"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["emotionet"], 1, "did you mean emotionnet?"),
        (["emotionnet", "--backend", "tensorrt"], 1, "there is no NVIDIA GPU; use --device cpu"),
        (["emotionnet", "--backend", "tensorrt", "--device", "cpu"], 2, "tensorrt does not run on cpu"),
        (["emotionnet", "--device", "cuda"], 1, "the device cuda is not available"),
        (["emotionnet", "--backend", "fastest"], 2, "'fastest' is not one of"),
        ([*PYTORCH, "--device", "cpu", "--precision", "int8"], 2, "pytorch does not support the precision int8 on cpu"),
        ([*PYTORCH, "--batch", "1;2"], 2, "'1;2' is not N,...; give whole numbers separated by commas"),
        ([*PYTORCH, "--batch", "99999"], 2, "out of range"),
        ([*PYTORCH, "--calls", "0"], 2, "--calls"),
        ([*PYTORCH, "--threads", "0"], 2, "--threads"),
        ([*PYTORCH, "--faces", "nowhere"], 1, "'nowhere' does not exist; give Kaggle's fer2013.csv"),
        ([*PYTORCH, "--calibration", "nowhere"], 1, "'nowhere' does not exist; give Kaggle's fer2013.csv"),
    ],
)
def test_one_line_for_each_mistake(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert run(["bench", *arguments, "-q"]) == code
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1 or said.err.startswith("Usage: ")
    assert said.out == ""
    assert list(desk.iterdir()) == []


@pytest.mark.usefixtures("desk")
def test_a_missing_package_leaves_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    options = ["--backend", "openvino", "--backend", "pytorch", "--device", "cpu", "--precision", "fp32"]
    assert run(["bench", "emotionnet", *QUICK, *options]) == 0
    said = capsys.readouterr().out
    assert "pytorch fp32" in said
    assert "without openvino: openvino cannot be imported" in said
    assert "run: " + pip_install("fervid[openvino]") in said
