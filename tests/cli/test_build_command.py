"""``fervid build`` as a user calls it, with OpenVINO, ONNX Runtime and TensorRT for RTX."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import click
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid import engines
from fervid.cli import run
from fervid.cli.engine_tables import Numbers
from fervid.core.packages import pip_install
from fervid.engines import backends, build_cache
from fervid.engines.backends import cuda
from fervid.engines.compiled import Batch, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import DeviceError, MissingPackageError


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder to work in, with a build cache of its own and few calls to time."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(build_cache.FOLDER, str(tmp_path / "cache"))
    monkeypatch.setattr(sys.modules["fervid.cli.build"], "_CALLS", 2)
    return tmp_path


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide any GPU."""

    def none() -> NoReturn:
        raise DeviceError("there is no NVIDIA GPU", "use --device cpu")

    monkeypatch.setattr(cuda, "capabilities", none)


def test_int8_is_calibrated_and_compared_on_faces(
    desk: Path, archives: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--backend", "openvino", "--precision", "int8", "--calibration", str(archives), "--faces", str(archives)]
    assert run(["build", "emotionnet", *options]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    version = backends.get("openvino").version()
    for words in (
        "reading faces to calibrate on\n",
        "compiling for openvino int8, calibrating on 64 faces of FER2013, training\n",
        "comparing on 32 faces of FER2013, public_test\n",
        f"emotionnet for openvino {version}, int8\n",
        "model.bin ",
        "build time ",
        "1 to 128, best 8",
        "pytorch eager fp32 ",
        "openvino int8 ",
        "same class  accuracy",
        "ms a call ",
        "speed on cpu (int8), one CPU thread",
        "run it with --engine emotionnet --backend openvino --precision int8",
    ):
        assert words in said.err
    (built,) = (desk / "cache").iterdir()
    compiled = Compiled.load(built)
    assert (compiled.backend, compiled.precision) == ("openvino", "int8")
    assert compiled.calibration == "64 faces of FER2013, training"
    with engines.load("emotionnet", "cpu", backend="openvino", precision="int8") as engine:
        assert engine.device == "cpu (int8)"


def test_int8_without_faces_is_calibrated_on_drawn_ones(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", *INT8]) == 0
    assert "compiling for openvino int8, calibrating on 128 drawn faces\n" in capsys.readouterr().err
    (built,) = (desk / "cache").iterdir()
    assert Compiled.load(built).calibration == "128 drawn faces"


def test_without_faces_the_table_says_so(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["build", "emotionnet", "--backend", "openvino", "--batch", "1,4,16", "-o", "mine"]
    assert run(command) == 0
    said = capsys.readouterr().err
    assert "predictions on 512 noise images; use --faces DATA to compare on real faces" in said
    assert "accuracy" not in said
    assert "wrote mine; run it with --engine mine" in said
    assert Compiled.load(desk / "mine").batch == Batch(1, 4, 16)
    with engines.load("./mine") as engine:
        assert engine.classify(np.zeros((33, 1, 48, 48), np.uint8)).shape == (33, 7)

    assert run([*command, "--quiet"]) == 1
    assert capsys.readouterr().err == (
        "fervid: 'mine' holds a compiled engine; replace it with --overwrite, or choose another -o\n"
    )
    assert run([*command, "--quiet", "--overwrite"]) == 0
    assert capsys.readouterr().err == ""
    assert run(["build", "./mine", "--backend", "onnx", "-q"]) == 1
    assert "'mine' is a compiled engine; give the trained engine that it was built from, 'emotionnet'" in (
        capsys.readouterr().err
    )


@pytest.mark.skipif(importlib.util.find_spec("tensorrt_rtx") is None, reason="TensorRT for RTX is not installed")
@pytest.mark.usefixtures("no_gpu")
def test_an_engine_that_cannot_run_here_is_built_anyway(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "emotionnet", "--backend", "tensorrt-rtx", "--target", "8.6"]) == 0
    said = capsys.readouterr().err
    assert "compute capabilities  8.6" in said
    assert "it cannot run here, so it was not compared: there is no NVIDIA GPU\n" in said
    (built,) = (path for path in (desk / "cache").iterdir() if path.is_dir())
    assert said.endswith(f"wrote {built}\n")
    assert Compiled.load(built).targets == ("8.6",)


@pytest.mark.usefixtures("no_gpu")
def test_the_fastest_backend_that_works_here_is_the_default(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backend = backends.get("openvino")
    assert run(["build", "emotionnet", "-q"]) == 0
    (built,) = (desk / "cache").iterdir()
    assert built == build_cache.find(Manifest.load(engines.resolve("emotionnet")), backend, backend.default_precision())

    def missing(_: object) -> NoReturn:
        raise MissingPackageError("it is not installed", "install it")

    for name in ("openvino", "onnx"):
        monkeypatch.setattr(type(backends.get(name)), "check", missing)
    assert run(["build", "emotionnet", "-q"]) == 1
    assert f"no backend that compiles is installed; run: {pip_install('fervid[openvino]')}" in capsys.readouterr().err


@pytest.mark.usefixtures("no_gpu")
def test_without_the_gpu_that_it_names_nothing_is_built(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", "emotionnet", "--device", "cuda:1"]) == 1
    assert capsys.readouterr().err == "fervid: there is no NVIDIA GPU; use --device cpu\n"
    assert list(desk.iterdir()) == []


OPENVINO = ["emotionnet", "--backend", "openvino"]
INT8 = [*OPENVINO, "--precision", "int8"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["emotionet", "--backend", "onnx"], 1, "did you mean emotionnet?"),
        (["./nowhere", "--backend", "onnx"], 1, "'nowhere' does not exist; give a folder"),
        (["emotionnet", "--backend", "pytorch"], 2, "'pytorch' is not one of 'tensorrt', 'tensorrt-rtx'"),
        ([*OPENVINO, "--precision", "fp64"], 2, "'fp64' is not one of"),
        (
            [*OPENVINO, "--precision", "fp16"],
            2,
            "openvino does not support the precision fp16; choose one of fp32, bf16, int8",
        ),
        ([*OPENVINO, "--target", "8.6"], 2, "--target is for GPUs, but openvino runs on CPUs; leave it out"),
        ([*OPENVINO, "--device", "cuda"], 2, "openvino does not run on cuda; leave out --device or --backend"),
        (["emotionnet", "--backend", "tensorrt", "--device", "cpu"], 2, "tensorrt does not run on cpu; leave out"),
        ([*OPENVINO, "--batch", "1,8"], 2, "'1,8' is not MIN,BEST,MAX; give 3 numbers in ascending order"),
        ([*OPENVINO, "--batch", "8,1,32"], 2, "in ascending order"),
        ([*OPENVINO, "--batch", "0,8,32"], 2, "out of range; give numbers from 1 to 65536"),
        (
            [*OPENVINO, "--precision", "fp32", "--calibration", "nowhere"],
            2,
            "fp32 is not calibrated; leave out --calibration DATA",
        ),
        ([*INT8, "--calibration", "nowhere"], 1, "'nowhere' does not exist; give Kaggle's fer2013.csv"),
        ([*OPENVINO, "--faces", "nowhere"], 1, "'nowhere' does not exist; give Kaggle's fer2013.csv"),
        ([*OPENVINO, "-o", "{archives}"], 1, "exists and is not a compiled engine; choose another folder"),
        ([*OPENVINO, "-o", "{archives}/public_test.npz/in"], 1, "cannot be created"),
    ],
)
def test_one_line_for_each_mistake(
    desk: Path,
    archives: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    before = sorted(archives.iterdir())
    assert run(["build", *(argument.format(archives=archives) for argument in arguments), "--quiet"]) == code
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1 or said.startswith("Usage: ")
    assert list(desk.iterdir()) == []
    assert sorted(archives.iterdir()) == before


@pytest.mark.parametrize(
    ("backend", "module", "extra"),
    [("openvino", "openvino", "openvino"), ("onnx", "onnxruntime", "onnx"), ("tensorrt", "tensorrt", "tensorrt")],
)
def test_without_the_package(
    desk: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    backend: str,
    module: str,
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert run(["build", "emotionnet", "--backend", backend, "-q"]) == 1
    assert pip_install(f"fervid[{extra}]") in capsys.readouterr().err
    assert list(desk.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit for the size of a file")
def test_a_full_disk(desk: Path) -> None:
    """A limit of 1 MB for each file has the same effect; OpenVINO writes its files itself."""
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000));"
        "from fervid.cli import run; sys.exit(run(['build', 'emotionnet', '--backend', 'openvino', '-q',"
        "'--precision', 'fp32', '-o', 'mine']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("fervid: 'mine' cannot be written (")
    assert done.stderr.endswith("; free some space, or choose another folder with -o\n")
    assert done.stderr.count("\n") == 1
    assert list(desk.iterdir()) == []


@given(st.lists(st.integers(1, 65_536), min_size=1, max_size=5))
def test_batch_sizes_are_parsed(numbers: list[int]) -> None:
    text = ", ".join(map(str, numbers))
    assert Numbers("N,...").convert(text, None, None) == tuple(numbers)
    if len(numbers) == 3:
        assert Batch(*Numbers("MIN,BEST,MAX", 3).convert(",".join(map(str, sorted(numbers))), None, None)).is_ordered


@given(st.text(alphabet="0123456789,.-+ exN²", max_size=12))
def test_any_text_gives_numbers_within_bounds_or_a_usage_error(text: str) -> None:
    try:
        numbers = Numbers("N,...").convert(text, None, None)
    except click.UsageError:
        return
    assert numbers
    assert all(1 <= number <= 65_536 for number in numbers)
