"""The NVIDIA GPUs of this machine: their driver, which needs no package, and their contexts by PyCUDA."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

from fervid.core.packages import require
from fervid.errors import DeviceError, MissingPackageError

_LIBRARY: Final = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_MAJOR, _MINOR = 75, 76
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of the CUDA driver's interface."""


@cache
def capabilities() -> tuple[str, ...]:
    """Return the compute capability of each GPU, such as ``8.9``, in the driver's order.

    Raises:
        DeviceError: There is no driver, or it finds no GPU.
    """
    try:
        library = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise DeviceError(
            f"there is no NVIDIA GPU or no driver for it ({_LIBRARY} is missing)",
            "use --device cpu, or install NVIDIA's driver (nvidia.com/drivers)",
        ) from error
    count, device, value = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    found = []
    if library.cuInit(0) == 0 and library.cuDeviceGetCount(ctypes.byref(count)) == 0:
        for index in range(count.value):
            library.cuDeviceGet(ctypes.byref(device), index)
            numbers = []
            for attribute in (_MAJOR, _MINOR):
                library.cuDeviceGetAttribute(ctypes.byref(value), attribute, device)
                numbers.append(value.value)
            found.append(".".join(map(str, numbers)))
    if not found:
        raise DeviceError(
            "NVIDIA's driver finds no GPU", "use --device cpu, or check nvidia-smi and restart after a driver update"
        )
    return tuple(found)


def driver(install: str) -> Any:
    """Return the module `pycuda.driver`, initialised.

    Args:
        install: The requirement by which pip installs PyCUDA.

    Raises:
        MissingPackageError: PyCUDA is not installed, or a library that it needs is missing.
    """
    try:
        module: Any = require("pycuda.driver", install)
    except MissingPackageError as error:
        if find_spec("pycuda") is not None:
            raise
        remedy = f"{error.remedy} with nvcc on the PATH (pip compiles PyCUDA; NVIDIA's CUDA toolkit provides nvcc)"
        raise MissingPackageError(error.problem, remedy) from error
    module.init()
    return module


@cache
def primary(pycuda: Any) -> Any:
    """Return the primary context of the first GPU, which PyTorch and CUDA's runtime use too.

    It is kept until the process ends. TensorRT holds it through CUDA's runtime anyway, and when PyCUDA releases a
    primary context it leaves the context current in the thread.
    """
    return pycuda.Device(0).retain_primary_context()


@contextmanager
def current(context: Any) -> Iterator[None]:
    """Make a context current in this thread for as long as the block lasts."""
    context.push()
    try:
        yield
    finally:
        context.pop()
