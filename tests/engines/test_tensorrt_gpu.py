"""TensorRT on an NVIDIA GPU (``pytest -m gpu``); test_backend_contract.py compares its predictions with others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from fervid import engines
from fervid.engines import build_cache
from fervid.engines.backends import Backend, Plan, cuda, get
from fervid.engines.backends.tensorrt import AMPERE_PLUS
from fervid.engines.base import Engine
from fervid.engines.build import build
from fervid.engines.compiled import Batch
from fervid.errors import DeviceError, EngineError, MissingPackageError, UsageError

Faces = NDArray[np.uint8]

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module", params=["tensorrt", "tensorrt-rtx"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Return each of the two backends that runs here."""
    backend = get(request.param)
    try:
        backend.check()
    except (DeviceError, MissingPackageError) as error:
        pytest.skip(str(error))
    return backend


@pytest.fixture(scope="module")
def folder(backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a shipped engine built for batches of 4 to 16 faces, in fp16."""
    plan = Plan(precision="fp16", batch=Batch(4, 8, 16))
    return build(engines.resolve("emotionnet"), backend, plan, tmp_path_factory.mktemp("gpu") / "built").folder


def used() -> int:
    """Return the number of bytes in use on the GPU."""
    pycuda = cuda.driver("pycuda")
    with cuda.current(cuda.primary(pycuda, 0)):
        free, total = pycuda.mem_get_info()
        return int(total - free)


def rows_of(engine: Engine, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the probabilities of faces in batches of four, which are neither split nor padded."""
    return np.concatenate([engine.classify(faces[at : at + 4]) for at in range(0, len(faces), 4)])


@pytest.mark.parametrize("count", [1, 3, 4, 15, 16, 17, 33, 100])
def test_batches_that_are_split_or_padded(folder: Path, faces: Faces, count: int) -> None:
    with engines.load(folder) as engine:
        rows = rows_of(engine, faces[:100])
        np.testing.assert_allclose(engine.classify(faces[:count]), rows[:count], atol=0.01)


def test_memory_comes_back(folder: Path, faces: Faces) -> None:
    for turn in range(20):
        with engines.load(folder) as engine:
            engine.classify(faces[:40])
        if turn == 1:
            before = used()  # by now CUDA and TensorRT hold what they keep for the process
    assert used() - before < 16 << 20


def test_two_threads_at_once(folder: Path, faces: Faces) -> None:
    halves = faces[:40], faces[40:80]
    with engines.load(folder) as engine:
        wanted = [engine.classify(each) for each in halves]
        wrong: list[int] = []

        def work(mine: int) -> None:
            results = (engine.classify(halves[mine]) for _ in range(50))
            wrong.extend(mine for rows in results if not np.array_equal(rows, wanted[mine]))

        threads = [threading.Thread(target=work, args=(mine,)) for mine in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_opened_in_one_thread_and_closed_in_another(folder: Path, faces: Faces) -> None:
    with engines.load(folder):
        pass  # by now CUDA and TensorRT hold what they keep for the process
    before = used()
    engine = engines.load(folder)
    engine.classify(faces[:4])
    thread = threading.Thread(target=engine.close)
    thread.start()
    thread.join()
    assert used() - before < 16 << 20


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU")
def test_it_shares_the_gpu_with_torch(folder: Path, faces: Faces) -> None:
    ones = torch.ones(1000, device="cuda")
    with engines.load(folder) as engine:
        rows = engine.classify(faces[:8])
        assert (ones + 1).sum().item() == 2000
        np.testing.assert_array_equal(engine.classify(faces[:8]), rows)
    assert torch.ones(10, device="cuda").sum().item() == 10


def test_a_failure_closes_the_engine_and_the_next_one_works(folder: Path, faces: Faces) -> None:
    few = faces[:8]
    with engines.load(folder) as engine:
        rows = engine.classify(few)
        pycuda = cuda.driver("pycuda")

        def fails(*arguments: object) -> None:
            raise pycuda.LaunchError("cuLaunchKernel failed: an illegal memory access was encountered")

        engine._held.network.infer = fails  # type: ignore[attr-defined]
        with pytest.raises(EngineError, match=r"failed, and the engine is closed \(cuLaunchKernel.*; free some memory"):
            engine.classify(few)
        with pytest.raises(ValueError, match="closed"):
            engine.classify(few)
    with engines.load(folder) as engine:
        np.testing.assert_array_equal(engine.classify(few), rows)


def test_an_engine_of_another_profile_than_its_compiled_json_says(folder: Path) -> None:
    path = folder / "compiled.json"
    whole = path.read_text()
    try:
        path.write_text(whole.replace('"most": 16', '"most": 64'))
        with pytest.raises(EngineError, match=r"takes batches of 4 to 16 faces, but compiled\.json says 4 to 64"):
            engines.load(folder, trust_compiled=True)
    finally:
        path.write_text(whole)


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that compiles a shipped engine in fp16 by TensorRT for some targets."""
    backend = get("tensorrt")
    try:
        backend.check()
    except (DeviceError, MissingPackageError) as error:
        pytest.skip(str(error))

    def make(*targets: str) -> Path:
        plan = Plan(precision="fp16", targets=targets)
        return build(engines.resolve("emotionnet"), backend, plan, tmp_path_factory.mktemp("gpu") / "built").folder

    return make


class TestTensorRT:
    """The features of TensorRT that TensorRT for RTX lacks."""

    def test_it_keeps_the_timings_of_kernels(self, make: Callable[..., Path]) -> None:
        make()
        (path,) = build_cache.root().glob("timing-tensorrt-*.cache")
        assert path.stat().st_size > 1000

    def test_for_every_gpu_from_ampere_on(self, make: Callable[..., Path], faces: Faces) -> None:
        with engines.load(make()) as mine, engines.load(make(AMPERE_PLUS)) as any_gpu:
            np.testing.assert_allclose(mine.classify(faces[:50]), any_gpu.classify(faces[:50]), atol=0.01)

    def test_it_does_not_compile_for_other_gpus(self, make: Callable[..., Path]) -> None:
        other = next(target for target in ("7.5", "8.6") if target != cuda.capabilities()[0])
        with pytest.raises(UsageError, match=f"or for 8.0\\+, not for {other}"):
            make(other)
