"""The real PyCUDA on a made-up driver, with a stand-in for TensorRT, all in the process of the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from made_up_driver import MadeUpDriver
from support import pycuda_build

from fervid.engines import build_cache

Run = subprocess.CompletedProcess[str]
HERE = Path(__file__).resolve().parent
PACKAGES = {"tensorrt": "tensorrt", "tensorrt-rtx": "tensorrt_rtx"}
"""Names of the packages by those of the backends."""


@pytest.fixture(scope="session")
def driver_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the compiled driver."""
    return pycuda_build.compile_driver(tmp_path_factory.mktemp("driver")).parent


@pytest.fixture(scope="session")
def stand_ins(driver_folder: Path) -> Iterator[dict[str, ModuleType]]:
    """Load the driver, PyCUDA and the stand-ins into this process, and return the latter by the names of backends."""
    MadeUpDriver(driver_folder / "libcuda.so.1")  # whoever asks for libcuda.so.1 from now on gets this one
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(pycuda_build.FOLDER))
        patch.syspath_prepend(str(HERE / "stand_in"))
        for package in PACKAGES.values():
            patch.delitem(sys.modules, package, raising=False)
        yield {backend: import_module(package) for backend, package in PACKAGES.items()}


@pytest.fixture(scope="session")
def loaded_driver(driver_folder: Path, stand_ins: dict[str, ModuleType]) -> MadeUpDriver:
    """Return the driver that is loaded into this process."""
    return MadeUpDriver(driver_folder / "libcuda.so.1")


@pytest.fixture(scope="module", params=PACKAGES)
def backend(request: pytest.FixtureRequest, stand_ins: dict[str, ModuleType]) -> Iterator[str]:
    """Return the name of each backend, while the package of the other one is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        for name, package in PACKAGES.items():
            patch.setitem(sys.modules, package, stand_ins[name] if name == request.param else None)
        yield request.param


@pytest.fixture
def driver(loaded_driver: MadeUpDriver, stand_ins: dict[str, ModuleType]) -> Iterator[MadeUpDriver]:
    """Return the driver as after a restart; the test fails if it was used wrongly or something was left on the GPU."""
    loaded_driver.restart()
    for stand_in in stand_ins.values():
        stand_in.missing.clear()
        stand_in.made.clear()
    yield loaded_driver
    held = loaded_driver.held()
    assert loaded_driver.faults() == []
    assert held == {}
    assert loaded_driver.depth() == 0


@pytest.fixture
def stand_in(backend: str, stand_ins: dict[str, ModuleType]) -> ModuleType:
    """Return the stand-in for the package of the backend."""
    return stand_ins[backend]


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
