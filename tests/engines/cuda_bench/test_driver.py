"""The made-up driver notes what a real one would punish by wrong results or a crash."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from made_up_driver import MadeUpDriver
from support import pycuda_build

from fervid.engines.backends import cuda

pytestmark = pytest.mark.cuda_bench

Run = CompletedProcess[str]


@pytest.fixture
def pycuda(driver: MadeUpDriver) -> Iterator[Any]:
    """Return PyCUDA with a context that is current."""
    module = cuda.driver("pycuda")
    with cuda.current(cuda.primary(module, 0)):
        yield module


def test_it_runs_the_real_pycuda(pycuda: Any) -> None:
    assert sys.modules["pycuda._driver"].__file__.endswith(".so")  # type: ignore[union-attr]
    assert pycuda.get_driver_version() == 13000


def test_a_driver_that_is_older_than_pycuda(run_python: Callable[..., Run], tmp_path: Path) -> None:
    """It lacks a function that PyCUDA was built with, so PyCUDA does not load."""
    older = pycuda_build.compile_driver(tmp_path, without="cuEventQuery").parent
    code = "from fervid.engines.backends import cuda; cuda.driver('pycuda')"
    done = run_python(code, "version=12040", LD_LIBRARY_PATH=str(older))
    assert "undefined symbol: cuEventQuery" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "fervid.errors.MissingPackageError: PyCUDA was built with a newer CUDA toolkit than CUDA 12.4, which the "
        "driver supports; update NVIDIA's driver, or put nvcc of CUDA 12.4 or older on the PATH and run: pip install "
        "--force-reinstall --no-cache-dir --no-deps pycuda"
    )


@pytest.mark.parametrize("lazy", [0, 1])
def test_lazy_work_is_done_when_somebody_waits_for_it(driver: MadeUpDriver, pycuda: Any, lazy: int) -> None:
    driver.set(lazy=lazy)
    stream, memory = pycuda.Stream(), pycuda.mem_alloc(4)
    source, result = (pycuda.pagelocked_empty(4, np.uint8) for _ in range(2))
    source[:], result[:] = 7, 0
    pycuda.memcpy_htod_async(memory, source, stream)
    pycuda.memcpy_dtoh_async(result, memory, stream)
    source[:] = 9
    assert result[0] == (0 if lazy else 7)
    stream.synchronize()
    assert result[0] == (9 if lazy else 7)
    assert driver.faults() == (["pinned memory changed before it was copied"] if lazy else [])


def test_a_stream_waits_for_an_event_of_another(driver: MadeUpDriver, pycuda: Any) -> None:
    driver.set(lazy=1)
    copies, other, event = pycuda.Stream(), pycuda.Stream(), pycuda.Event()
    memory, source, result = (pycuda.mem_alloc(4), *(pycuda.pagelocked_empty(4, np.uint8) for _ in range(2)))
    source[:] = 7
    pycuda.memcpy_htod_async(memory, source, copies)
    event.record(copies)
    other.wait_for_event(event)
    pycuda.memcpy_dtoh_async(result, memory, other)
    assert not event.query()
    other.synchronize()
    assert event.query()
    assert result[0] == 7


def test_a_call_without_a_context(driver: MadeUpDriver) -> None:
    module = cuda.driver("pycuda")
    with pytest.raises(module.LogicError, match="invalid device context"):
        module.mem_get_info()
    assert driver.faults() == ["cuMemGetInfo_v2 without a context"]


def test_a_copy_beyond_the_bounds(driver: MadeUpDriver, pycuda: Any) -> None:
    memory = pycuda.mem_alloc(4)
    with pytest.raises(pycuda.LogicError, match="invalid argument"):
        pycuda.memcpy_htod_async(memory, np.zeros(5, np.uint8), pycuda.Stream())
    (fault,) = driver.faults()
    assert "5 bytes lie beyond the bounds" in fault


def test_memory_freed_while_work_on_it_is_pending(driver: MadeUpDriver, pycuda: Any) -> None:
    driver.set(lazy=1)
    memory, stream = pycuda.mem_alloc(4), pycuda.Stream()
    pycuda.memcpy_htod_async(memory, pycuda.pagelocked_empty(4, np.uint8), stream)
    memory.free()
    assert "memory freed while work on it is pending (copy in)" in driver.faults()


RACE = (
    "copy out on stream 1 may run at the same time as copy in on stream 0, on the same memory",
    "copy in on stream 0 may run at the same time as copy out on stream 1, on the same memory",
)


@pytest.mark.parametrize(
    ("order", "faults"),
    [
        ("", [*RACE]),
        ("event", [RACE[1]]),
        ("event and processor", []),
        ("processor", []),
        ("context", []),
    ],
)
def test_two_streams_on_the_same_memory_need_an_order(
    driver: MadeUpDriver, pycuda: Any, order: str, faults: list[str]
) -> None:
    copies, other, uploaded = pycuda.Stream(), pycuda.Stream(), pycuda.Event()
    memory, source, result = (pycuda.mem_alloc(4), *(pycuda.pagelocked_empty(4, np.uint8) for _ in range(2)))
    pycuda.memcpy_htod_async(memory, source, copies)
    if "event" in order:
        uploaded.record(copies)
        other.wait_for_event(uploaded)
    elif order == "processor":
        copies.synchronize()
    elif order == "context":
        pycuda.Context.synchronize()
    pycuda.memcpy_dtoh_async(result, memory, other)
    if "processor" in order or order == "context":
        other.synchronize()
    pycuda.memcpy_htod_async(memory, source, copies)
    assert driver.faults() == faults
    copies.synchronize()


def test_two_streams_may_read_the_same_memory(driver: MadeUpDriver, pycuda: Any) -> None:
    streams, memory = [pycuda.Stream(), pycuda.Stream()], pycuda.mem_alloc(4)
    for stream in streams:
        pycuda.memcpy_dtoh_async(pycuda.pagelocked_empty(4, np.uint8), memory, stream)
    assert driver.faults() == []


def test_a_stream_of_another_gpu(driver: MadeUpDriver) -> None:
    driver.set(gpus=2)
    module = cuda.driver("pycuda")
    with cuda.current(cuda.primary(module, 1)):
        stream = module.Stream()
    with cuda.current(cuda.primary(module, 0)), pytest.raises(module.LogicError, match="invalid resource handle"):
        stream.synchronize()
    assert driver.faults() == ["cuStreamSynchronize with a stream of another context"]
    with cuda.current(cuda.primary(module, 1)):
        del stream


def test_a_sticky_error_ends_the_context(driver: MadeUpDriver, pycuda: Any) -> None:
    driver.fail("cuMemAlloc_v2", 700, ends_context=True)
    for _ in range(2):
        with pytest.raises(pycuda.Error, match="illegal memory access"):
            pycuda.mem_alloc(4)


def test_what_is_not_freed_is_counted(driver: MadeUpDriver, pycuda: Any) -> None:
    held = pycuda.Stream(), pycuda.Event(), pycuda.mem_alloc(4), pycuda.pagelocked_empty(4, np.uint8)
    assert driver.held() == {"streams": 1, "events": 1, "memory": 1, "pinned": 1}
    del held
