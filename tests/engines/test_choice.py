"""An engine runs on the fastest backend that works here or on the requested one, or fails in one clear line."""

from __future__ import annotations

import dataclasses
import logging
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fervid import engines
from fervid.core.packages import pip_install
from fervid.engines import backends, build_cache
from fervid.engines.backends import Calibration, Plan, cuda
from fervid.engines.build import build
from fervid.engines.compiled import COMPILED, Compiled
from fervid.engines.manifest import MANIFEST, Manifest
from fervid.errors import DeviceError, FervidError, MissingPackageError, UsageError

FACES = np.random.default_rng(5).integers(0, 256, (20, 1, 48, 48), np.uint8)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty build cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(build_cache.FOLDER, str(folder))
    return folder


@pytest.fixture
def no_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)


def messages(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the messages that fervid logged."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("fervid")]


class TestAuto:
    """Loading without a request for a device, backend or precision."""

    def test_it_takes_openvino_on_a_cpu_and_says_once_that_it_compiles(
        self, engine_folder: Path, own_cache: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, logger="fervid")
        for _ in range(2):
            with engines.load(engine_folder, "cpu") as engine:
                assert engine.backend == "openvino"
        assert messages(caplog) == ["compiling tried for openvino, once"]

    def test_where_it_runs_and_why_nothing_faster_is_said_when_more_is_asked(
        self, engine_folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def none() -> tuple[str, ...]:
            raise DeviceError("NVIDIA's driver sees no GPU", "use --device cpu")

        monkeypatch.setattr(cuda, "capabilities", none)
        caplog.set_level(logging.DEBUG, logger="fervid")
        with engines.load(engine_folder) as engine:
            where = f"{engine.backend}, {engine.device}"
        slower = "not on tensorrt, tensorrt-rtx, pytorch on cuda: NVIDIA's driver sees no GPU"
        assert messages(caplog)[-1] == f"tried runs on {where}; {slower}"

    def test_the_next_run_finds_what_was_built(self, engine_folder: Path, own_cache: Path) -> None:
        with engines.load(engine_folder, "cpu") as engine:
            rows = engine.classify(FACES)
        (built,) = own_cache.iterdir()
        before = (built / COMPILED).stat().st_mtime_ns
        with engines.load(engine_folder, "cpu") as engine:
            np.testing.assert_array_equal(engine.classify(FACES), rows)
        assert list(own_cache.iterdir()) == [built]
        assert (built / COMPILED).stat().st_mtime_ns == before

    def test_a_compiled_engine_needs_no_torch(self, engine_folder: Path, own_cache: Path) -> None:
        engines.load(engine_folder, "cpu").close()
        code = (
            "import sys; from pathlib import Path; from fervid import engines; "
            f"engines.load(Path({str(engine_folder)!r}), 'cpu'); "
            "sys.exit(bool({'torch', 'openvino_telemetry.main'} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    @pytest.mark.usefixtures("no_openvino")
    def test_without_openvino_it_takes_pytorch_and_says_how_to_get_it(
        self, engine_folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, logger="fervid")
        with engines.load(engine_folder, "cpu") as engine:
            assert engine.backend == "pytorch"
        (message,) = messages(caplog)
        assert "not on openvino: openvino cannot be imported" in message

    @pytest.mark.parametrize("change", [{"temperature": 2.0}, {"classes": tuple("abcdefg")}])
    def test_another_manifest_over_the_same_weights_is_another_engine(
        self, engine_folder: Path, own_cache: Path, change: dict[str, object]
    ) -> None:
        engines.load(engine_folder, "cpu").close()
        manifest = dataclasses.replace(Manifest.load(engine_folder), **change)  # type: ignore[arg-type]
        (engine_folder / MANIFEST).write_text(manifest.dump())
        with (
            engines.load(engine_folder, "cpu") as engine,
            engines.load(engine_folder, "cpu", backend="pytorch", precision="fp32") as exact,
        ):
            assert engine.manifest == manifest
            np.testing.assert_allclose(engine.classify(FACES), exact.classify(FACES), atol=0.04)
        assert len(list(own_cache.iterdir())) == 2


class TestAsked:
    """Loading with a request for a device, backend or precision."""

    @pytest.mark.parametrize("backend", ["pytorch", "openvino", "onnx"])
    def test_a_backend(self, engine_folder: Path, backend: str) -> None:
        with engines.load(engine_folder, backend=backend, precision="fp32") as engine:
            assert engine.backend == backend
            assert engine.device == "cpu (fp32)"

    @pytest.mark.usefixtures("no_openvino")
    def test_a_backend_whose_package_is_missing(self, engine_folder: Path) -> None:
        with pytest.raises(MissingPackageError, match=re.escape(pip_install("fervid[openvino]"))):
            engines.load(engine_folder, backend="openvino")

    @pytest.mark.parametrize(
        ("asked", "kind", "words"),
        [
            ({"backend": "openvino", "device": "cuda"}, UsageError, "openvino does not run on cuda"),
            ({"backend": "tensorrt", "device": "cpu"}, UsageError, "tensorrt does not run on cpu"),
            ({"backend": "caffe"}, DeviceError, "choose one of auto, tensorrt"),
            ({"precision": "fp8"}, DeviceError, "choose one of auto, fp32"),
            (
                {"backend": "pytorch", "device": "cpu", "precision": "fp16"},
                UsageError,
                "pytorch does not support the precision fp16",
            ),
            ({"backend": "openvino", "precision": "fp16"}, UsageError, "openvino does not support the precision fp16"),
        ],
    )
    def test_contradictory_requests(
        self, engine_folder: Path, own_cache: Path, asked: dict[str, str], kind: type[FervidError], words: str
    ) -> None:
        with pytest.raises(kind, match=words):
            engines.load(engine_folder, **asked)  # type: ignore[arg-type]
        assert not own_cache.exists() or not list(own_cache.iterdir())

    def test_int8_is_calibrated_on_drawn_faces(self, engine_folder: Path, own_cache: Path) -> None:
        with engines.load(engine_folder, "cpu", precision="int8") as engine:
            assert (engine.backend, engine.device) == ("openvino", "cpu (int8)")
        (built,) = build_cache.folders()
        assert Compiled.load(built).calibration == "128 drawn faces"
        with engines.load(engine_folder, "cpu") as engine:
            assert engine.device != "cpu (int8)"  # int8 changes predictions by more than rounding

    def test_int8_that_was_built_with_other_faces_is_taken_as_it_is(self, engine_folder: Path, own_cache: Path) -> None:
        backend, manifest = backends.get("openvino"), Manifest.load(engine_folder)
        plan = Plan(precision="int8", calibration=Calibration(FACES, "20 noise images"))
        build(engine_folder, backend, plan, build_cache.place(manifest, backend, plan))
        with engines.load(engine_folder, backend="openvino", precision="int8") as engine:
            assert engine.device == "cpu (int8)"
        (built,) = build_cache.folders()
        assert Compiled.load(built).calibration == "20 noise images"
