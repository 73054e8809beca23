"""Engines of both TensorRTs on the made-up driver: their results, order, failures, and what they leave on the GPU."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from types import ModuleType

import numpy as np
import pytest
from made_up_driver import MadeUpDriver
from numpy.typing import NDArray

from fervid import engines
from fervid.cli import run
from fervid.engines import build_cache, choice, origin
from fervid.engines.backends import Plan, cuda_pipeline, get, tensorrt_graph
from fervid.engines.build import build
from fervid.engines.compiled import COMPILED, Batch
from fervid.errors import DeviceError, EngineError

pytestmark = pytest.mark.cuda_bench

Faces = NDArray[np.uint8]
FACES: Faces = np.random.default_rng(5).integers(0, 256, (100, 1, 48, 48), np.uint8)
ILLEGAL_ADDRESS, OLD_DRIVER = 700, 803

Run = CompletedProcess[str]


def expected(faces: Faces) -> NDArray[np.float32]:
    """Return the rows of the made-up driver's network."""
    flat = faces.reshape(len(faces), 48 * 48).astype(np.float64)
    sums = np.stack([1 + flat[:, at::7].sum(1) for at in range(7)], 1)
    return (sums / sums.sum(1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def built(loaded_driver: MadeUpDriver, backend: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an engine for batches of 4 to 16 faces."""
    loaded_driver.restart()
    plan = Plan(precision="fp16", batch=Batch(4, 8, 16))
    return build(engines.resolve("emotionnet"), get(backend), plan, tmp_path_factory.mktemp("bench") / "built").folder


@pytest.mark.parametrize("lazy", [0, 1])
@pytest.mark.parametrize("count", [0, 1, 3, 4, 16, 17, 33, 100])
def test_batches_that_are_split_or_padded(driver: MadeUpDriver, built: Path, count: int, lazy: int) -> None:
    driver.set(lazy=lazy)
    with engines.load(built) as engine:
        assert engine.device == "cuda:0 Made-up GPU 0 (fp16)"
        np.testing.assert_allclose(engine.classify(FACES[:count]), expected(FACES[:count]), atol=1e-6)


def test_a_part_is_copied_in_while_the_network_works_on_the_one_before(driver: MadeUpDriver, built: Path) -> None:
    with engines.load(built) as engine:
        before = len(driver.steps())
        engine.classify(FACES[:64])
    steps = driver.steps()[before:]
    copies, kernels, results = (
        [step for step in steps if step.kind == kind] for kind in ("copy in", "kernel", "copy out")
    )
    assert len(copies) == len(kernels) == len(results) == 4
    for part in range(4):
        assert copies[part].end <= kernels[part].start
        assert kernels[part].end <= results[part].start
    for part in range(1, 4):
        assert copies[part].start < kernels[part - 1].end


@pytest.mark.parametrize("lazy", [0, 1])
def test_a_part_that_takes_buffers_before_the_part_before_has_left_them_is_noticed(
    driver: MadeUpDriver, built: Path, monkeypatch: pytest.MonkeyPatch, lazy: int
) -> None:
    def hasty(parts: int, slots: int) -> list[tuple[str, int]]:
        return [*(("begin", at) for at in range(parts)), *(("end", at) for at in range(parts))]

    driver.set(lazy=lazy)
    with engines.load(built) as engine:
        monkeypatch.setattr(cuda_pipeline, "turns", hasty)
        engine.classify(FACES[:64])
    found = set(driver.faults())
    assert found >= {
        "copy in on stream 0 may run at the same time as kernel on stream 1, on the same memory",
    }
    assert ("pinned memory changed before it was copied" in found) == bool(lazy)


class TestWhatIsLeft:
    """Nothing stays on the GPU, however an engine ends; the fixture looks."""

    def test_closed(self, driver: MadeUpDriver, built: Path) -> None:
        with engines.load(built) as engine:
            assert driver.held() == {"streams": 2, "events": 4, "pinned": 4, "memory": 5}
            engine.classify(FACES)
        assert driver.held() == {}

    def test_closed_in_another_thread(self, driver: MadeUpDriver, built: Path) -> None:
        in_thread(engines.load(built).close)
        assert driver.held() == {}

    def test_dropped_in_another_thread(self, driver: MadeUpDriver, built: Path) -> None:
        loaded = [engines.load(built)]
        in_thread(loaded.clear)
        assert driver.held() == {}

    def test_made_and_dropped_in_another_thread(self, driver: MadeUpDriver, built: Path) -> None:
        in_thread(lambda: engines.load(built).classify(FACES[:3]))
        assert driver.held() == {}

    @pytest.mark.parametrize("memory", [1000, (1 << 20) + 1000, (1 << 20) + 40_000, 1_123_000])
    def test_out_of_memory_while_loading(self, driver: MadeUpDriver, built: Path, memory: int) -> None:
        driver.set(memory=memory)
        with pytest.raises(EngineError, match=r"out of memory.*; free some memory of the GPU and try again"):
            engines.load(built)
        assert driver.held() == {}
        driver.set(memory=1 << 30)
        engines.load(built).close()

    @pytest.mark.parametrize("ends_context", [True, False])
    @pytest.mark.parametrize("function", ["cuMemcpyHtoDAsync_v2", "cuEventSynchronize"])
    def test_a_failure_in_the_middle(
        self, driver: MadeUpDriver, built: Path, function: str, ends_context: bool, capfd: pytest.CaptureFixture[str]
    ) -> None:
        engine = engines.load(built)
        driver.fail(function, ILLEGAL_ADDRESS, after=2, ends_context=ends_context)
        with pytest.raises(EngineError, match=r"failed, and the engine is closed .*illegal memory access") as caught:
            engine.classify(FACES)
        assert "\n" not in str(caught.value)
        with pytest.raises(ValueError, match="closed"):
            engine.classify(FACES)
        engine.close()
        del engine, caught
        if ends_context:
            assert driver.held() != {}  # a dead context can free nothing
            driver.restart()
        assert driver.held() == {}
        assert capfd.readouterr().err == ""


def in_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


class TestExit:
    """A process writes at most its own line to standard error."""

    CODE = """
import sys
import numpy as np
from fervid import engines, errors
engine = engines.load({built!r})
try:
    for _ in range(3):
        rows = engine.classify(np.zeros((40, 1, 48, 48), np.uint8))
except errors.EngineError as error:
    sys.exit(f"Error: {{error}}")
"""

    def test_after_all_went_well(self, built: Path, run_python: Callable[..., Run]) -> None:
        done = run_python(self.CODE.format(built=str(built)))
        assert (done.returncode, done.stderr) == (0, "")

    @pytest.mark.parametrize("lazy", [0, 1])
    def test_after_the_gpu_failed(self, built: Path, run_python: Callable[..., Run], lazy: int) -> None:
        done = run_python(self.CODE.format(built=str(built)), f"lazy={lazy},fail:kernel:{ILLEGAL_ADDRESS}:4")
        (line,) = done.stderr.splitlines()
        assert line.startswith("Error: cuda:0 Made-up GPU 0 (fp16) failed" if lazy else "Error: TensorRT cannot run")
        assert "an illegal memory access was encountered" in line
        assert done.returncode == 1


class TestFallingBack:
    """A GPU that cannot be used costs one line with ``auto``, and ends a run that asked for it."""

    def test_out_of_memory(
        self,
        driver: MadeUpDriver,
        backend: str,
        engine_folder: Path,
        caplog: pytest.LogCaptureFixture,
        own_cache: Path,
    ) -> None:
        driver.set(memory=1000)
        with engines.load(engine_folder) as engine:
            assert engine.device.startswith("cpu")
        (line,) = warnings(caplog)
        assert line.startswith(f"tried does not run on {backend}: ")
        assert "out of memory" in line
        with pytest.raises(EngineError, match="out of memory"):
            engines.load(engine_folder, backend=backend)

    def test_a_driver_that_does_not_start(
        self, driver: MadeUpDriver, backend: str, engine_folder: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        driver.set(init_error=OLD_DRIVER)
        with engines.load(engine_folder) as engine:
            assert engine.device.startswith("cpu")
        with pytest.raises(DeviceError, match=r"does not start \(system has unsupported display driver.*; use device="):
            engines.load(engine_folder, "cuda")
        assert warnings(caplog) == []  # this is what a machine without a GPU looks like

    def test_a_builder_that_is_null_is_tried_before_the_graph_is_made(
        self,
        driver: MadeUpDriver,
        backend: str,
        stand_in: ModuleType,
        engine_folder: Path,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        own_cache: Path,
    ) -> None:
        stand_in.missing.add("Builder")
        monkeypatch.setattr(tensorrt_graph, "create", lambda *_: pytest.fail("the graph was made in vain"))
        with engines.load(engine_folder) as engine:
            assert engine.device.startswith("cpu")
        assert warnings(caplog) == [
            f"tried does not run on {backend}: {backend} cannot start (CUDA initialization failure with error: 35); "
            "update NVIDIA's driver"
        ]

    @pytest.mark.parametrize("part", ["Runtime", "execution"])
    def test_a_part_of_tensorrt_that_is_null(
        self, driver: MadeUpDriver, stand_in: ModuleType, built: Path, part: str
    ) -> None:
        stand_in.missing.add(part)
        with pytest.raises(EngineError, match=r"TensorRT cannot (start|load)"):
            engines.load(built)


def made(stand_in: ModuleType) -> list[str]:
    """Return which builders and engines were made, on which GPUs."""
    return [each for each in stand_in.made if each.startswith(("Builder", "Engine"))]


def builder(backend: str, gpu: int) -> str:
    """Return the entry of a builder for a GPU; TensorRT for RTX builds without one."""
    return f"Builder on {gpu if backend == 'tensorrt' else -1}"


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


class TestSeveralGPUs:
    """Building and running agree on the GPU."""

    def test_the_second_one(
        self, driver: MadeUpDriver, backend: str, stand_in: ModuleType, engine_folder: Path, own_cache: Path
    ) -> None:
        driver.set(gpus=2, capability=75)
        with engines.load(engine_folder, "cuda:1", backend=backend) as second:
            assert second.device == "cuda:1 Made-up GPU 1 (fp16)"
            np.testing.assert_allclose(second.classify(FACES), expected(FACES), atol=1e-6)
            with engines.load(engine_folder, "cuda", backend=backend) as first:
                assert first.device == "cuda:0 Made-up GPU 0 (fp16)"
        with engines.load(engine_folder, "cuda:1", backend=backend):
            pass
        assert made(stand_in) == [
            *(builder(backend, 1), "Engine on 1"),
            *(builder(backend, 0), "Engine on 0"),
            "Engine on 1",
        ]
        targets = {folder.name: compiled.targets for folder, compiled in build_cache.builds()}
        assert sorted(targets.values()) == [("7.5",), ("8.5",)]
        kept = sorted(path.name for path in own_cache.glob("*.cache"))
        prefix = {"tensorrt": "timing-tensorrt", "tensorrt-rtx": "kernels"}[backend]
        for name, gpu in zip(kept, ("0-7.5", "1-8.5"), strict=True):
            assert name.startswith(f"{prefix}-{stand_in.__version__}-Made-up-GPU-{gpu}")

    def test_fervid_build_builds_on_the_one_that_it_names(
        self,
        driver: MadeUpDriver,
        backend: str,
        stand_in: ModuleType,
        engine_folder: Path,
        own_cache: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        driver.set(gpus=2, capability=75)
        command = ["build", str(engine_folder), "--backend", backend, "--device", "cuda:1"]
        assert run(command) == 0
        assert capsys.readouterr().err.endswith(f" --backend {backend} --precision fp16 --device cuda:1\n")
        assert made(stand_in) == [builder(backend, 1), "Engine on 1"]
        with engines.load(engine_folder, "cuda:1", backend=backend):
            assert made(stand_in)[2:] == ["Engine on 1"]

    def test_a_number_that_is_too_high(self, driver: MadeUpDriver, backend: str, engine_folder: Path) -> None:
        driver.set(gpus=2)
        with pytest.raises(
            DeviceError, match="there is no GPU cuda:2; this machine has cuda:0 to cuda:1; see also CUDA"
        ):
            engines.load(engine_folder, "cuda:2", backend=backend)

    def test_visible_devices_renumber_them(self, run_python: Callable[..., Run]) -> None:
        code = "from fervid.engines.backends import cuda; print(cuda.capabilities())"
        assert run_python(code, "gpus=3,capability=75").stdout == "('7.5', '8.5', '9.5')\n"
        done = run_python(code, "gpus=3,capability=75", CUDA_VISIBLE_DEVICES="2,0")
        assert done.stdout == "('9.5', '7.5')\n"
        done = run_python(code, "gpus=3", CUDA_VISIBLE_DEVICES="")
        assert "NVIDIA's driver does not start (no CUDA-capable device is detected)" in done.stderr


class TestOrigin:
    """An engine that somebody else compiled can hold any code, so it is compiled anew unless the user trusts it."""

    @pytest.fixture
    def foreign(self, built: Path, own_cache: Path) -> Path:
        """Return an engine that the list in the cache does not name, as after copying it from another machine."""
        assert not own_cache.exists()
        return built

    def test_a_shipped_engine_is_compiled_from_its_weights(
        self,
        driver: MadeUpDriver,
        backend: str,
        stand_in: ModuleType,
        foreign: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        for _ in range(2):
            with engines.load(foreign) as engine:
                assert engine.backend == backend
        assert made(stand_in) == [builder(backend, 0), "Engine on 0", "Engine on 0"]
        assert warnings(caplog)[0] == (
            f"'{foreign}' was compiled elsewhere, and can hold any code; compiling emotionnet from its weights instead "
            "(trust_compiled=True takes it as it is)"
        )

    def test_trusted_it_is_taken_as_it_is(self, driver: MadeUpDriver, stand_in: ModuleType, foreign: Path) -> None:
        with engines.load(foreign, trust_compiled=True) as engine:
            np.testing.assert_allclose(engine.classify(FACES), expected(FACES), atol=1e-6)
        assert made(stand_in) == ["Engine on 0"]

    def test_without_weights_it_is_refused(
        self, driver: MadeUpDriver, foreign: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(choice, "shipped", list)
        with pytest.raises(
            EngineError, match=r"compiled elsewhere, and can hold any code; .* trust_compiled=True takes"
        ):
            engines.load(foreign)

    def test_one_that_was_made_here_and_changed_counts_as_foreign(
        self, driver: MadeUpDriver, built: Path, tmp_path: Path
    ) -> None:
        assert origin.is_own(built)
        copy = shutil.copytree(built, tmp_path / "copy")
        assert origin.is_own(copy)
        (copy / COMPILED).write_text((copy / COMPILED).read_text() + " ")
        assert not origin.is_own(copy)
