"""The real PyCUDA on a made-up driver, with a stand-in for TensorRT, all in the process of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from made_up_driver import MadeUpDriver
from support import pycuda_build

from fervid.engines import build_cache

Run = subprocess.CompletedProcess[str]
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def driver_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the compiled driver."""
    return pycuda_build.compile_driver(tmp_path_factory.mktemp("driver")).parent


@pytest.fixture(scope="session")
def loaded_driver(driver_folder: Path) -> Iterator[MadeUpDriver]:
    """Load the driver, PyCUDA and the stand-in for TensorRT into this process."""
    driver = MadeUpDriver(driver_folder / "libcuda.so.1")  # whoever asks for libcuda.so.1 from now on gets this one
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(pycuda_build.FOLDER))
        patch.syspath_prepend(str(HERE / "stand_in"))
        patch.setitem(sys.modules, "tensorrt_rtx", None)  # the real one finds no real GPU
        yield driver


@pytest.fixture
def driver(loaded_driver: MadeUpDriver) -> Iterator[MadeUpDriver]:
    """Return the driver as after a restart; the test fails if it was used wrongly or something was left on the GPU."""
    import tensorrt

    loaded_driver.restart()
    tensorrt.missing.clear()
    tensorrt.made.clear()
    yield loaded_driver
    held = loaded_driver.held()
    assert loaded_driver.faults() == []
    assert held == {}
    assert loaded_driver.depth() == 0


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty build cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv(build_cache.FOLDER, str(folder))
    return folder


@pytest.fixture
def run_python(driver_folder: Path, root: Path, tmp_path: Path) -> Callable[..., Run]:
    """Return a function that runs Python code in a process of its own, on the made-up driver."""

    def run(code: str, settings: str = "", **variables: str) -> Run:
        environment = {
            **os.environ,
            "LD_LIBRARY_PATH": str(driver_folder),
            "PYTHONPATH": os.pathsep.join(map(str, (HERE / "stand_in", pycuda_build.FOLDER, root))),
            "CUDA_BENCH": settings,
            **variables,
        }
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
        )

    return run
