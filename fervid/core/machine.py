"""The machine: its processor, cores, system and package versions."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import fervid

_PACKAGES: Final = (
    *("torch", "openvino", "nncf", "onnxruntime", "tensorrt", "tensorrt_rtx", "pycuda", "numpy"),
    *("av", "opencv-contrib-python", "mediapipe"),
)
"""The packages whose versions affect speed and predictions."""

THREADS: Final = (1, 1024)
"""Smallest and largest number of CPU threads that a user may ask for."""

JOBS: Final = (1, 256)
"""Smallest and largest number of inputs that a user may have analysed at once."""


def cores() -> int:
    """Return the number of CPU cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def usual_jobs() -> int:
    """Return the usual number of inputs to analyse at once: half of the cores, as the stages of one keep 1.3 busy."""
    return max(JOBS[0], min(cores() // 2, JOBS[1]))


def let_threads_sleep() -> None:
    """Make torch's idle threads sleep instead of spin, which would slow down other processes.

    Call it before torch is imported.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def processor() -> str:
    """Return the name of the CPU."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def describe() -> dict[str, Any]:
    """Return processor, cores, system and versions, ready for JSON, to go with a measurement."""
    return {
        "processor": processor(),
        "cores": cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "fervid": fervid.__version__,
        **{name: found for name in _PACKAGES if (found := _version(name))},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
