"""The NVIDIA GPUs of this machine: their driver, which needs no package, and their contexts by PyCUDA."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
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
            'use device="cpu", or install NVIDIA\'s driver (nvidia.com/drivers)',
        ) from error
    count, device, value = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    found = []
    if code := library.cuInit(0):
        raise DeviceError(
            f"NVIDIA's driver does not start ({_text(library, code)})",
            'use device="cpu", or check nvidia-smi and CUDA_VISIBLE_DEVICES, and restart after a driver update',
        )
    if library.cuDeviceGetCount(ctypes.byref(count)) == 0:
        for index in range(count.value):
            library.cuDeviceGet(ctypes.byref(device), index)
            numbers = []
            for attribute in (_MAJOR, _MINOR):
                library.cuDeviceGetAttribute(ctypes.byref(value), attribute, device)
                numbers.append(value.value)
            found.append(".".join(map(str, numbers)))
    if not found:
        raise DeviceError(
            "NVIDIA's driver finds no GPU", 'use device="cpu", or check nvidia-smi and restart after a driver update'
        )
    return tuple(found)


def capability(gpu: int) -> str:
    """Return the compute capability of one GPU.

    Raises:
        DeviceError: There is no driver, or no GPU of that number.
    """
    found = capabilities()
    if gpu >= len(found):
        there = "only cuda:0" if len(found) == 1 else f"cuda:0 to cuda:{len(found) - 1}"
        raise DeviceError(f"there is no GPU cuda:{gpu}", f"this machine has {there}; see also CUDA_VISIBLE_DEVICES")
    return found[gpu]


def file_name(gpu: int) -> str:
    """Return the name of a GPU's model and its compute capability in a form for names of files.

    Raises:
        DeviceError: There is no driver, or no GPU of that number.
    """
    here = capability(gpu)
    library, device, name = ctypes.CDLL(_LIBRARY), ctypes.c_int(), ctypes.create_string_buffer(256)
    library.cuDeviceGet(ctypes.byref(device), gpu)
    library.cuDeviceGetName(name, len(name), device)
    return re.sub(r"[^A-Za-z0-9.]+", "-", f"{name.value.decode(errors='replace')} {here}")


def _text(library: ctypes.CDLL, error: int) -> str:
    """Return the driver's words for an error."""
    text = ctypes.c_char_p()
    library.cuGetErrorString(error, ctypes.byref(text))
    return (text.value or b"error %d" % error).decode()


@contextmanager
def chosen(gpu: int) -> Iterator[None]:
    """Make a GPU the current one of this thread within the block, for libraries that ask CUDA which one to use.

    Raises:
        DeviceError: There is no such GPU, or it cannot be used.
    """
    capability(gpu)
    library, context = ctypes.CDLL(_LIBRARY), ctypes.c_void_p()
    code = library.cuDevicePrimaryCtxRetain(ctypes.byref(context), gpu) or library.cuCtxPushCurrent_v2(context)
    if code:
        raise DeviceError(f"cuda:{gpu} cannot be used ({_text(library, code)})", "see what nvidia-smi reports")
    try:
        yield
    finally:
        library.cuCtxPopCurrent_v2(ctypes.byref(context))


@cache
def supported_version() -> tuple[int, int]:
    """Return the newest version of CUDA that the driver supports, such as (13, 0); (0, 0) without a driver."""
    version = ctypes.c_int()
    try:
        ctypes.CDLL(_LIBRARY).cuDriverGetVersion(ctypes.byref(version))
    except OSError:
        return 0, 0
    return version.value // 1000, version.value % 1000 // 10


def toolkit_version() -> tuple[int, int] | None:
    """Return the version of CUDA's toolkit on the PATH, with which pip compiles PyCUDA; None if there is none."""
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        return None
    said = subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=False).stdout
    release = re.search(r"release (\d+)\.(\d+)", said)
    return (int(release[1]), int(release[2])) if release else None


def driver(install: str) -> Any:
    """Return the module `pycuda.driver`, initialised.

    Args:
        install: The requirement by which pip installs PyCUDA.

    Raises:
        MissingPackageError: PyCUDA is not installed, was built for a newer CUDA than the driver's, or a library that it
            needs is missing.
    """
    try:
        module: Any = require("pycuda.driver", install)
    except MissingPackageError as error:
        version = supported_version()
        newest = f"CUDA {version[0]}.{version[1]}" if version[0] else "the driver's CUDA version"
        if "undefined symbol" in error.problem:
            raise MissingPackageError(
                f"PyCUDA was built with a newer CUDA toolkit than {newest}, which the driver supports",
                f"update NVIDIA's driver, or put nvcc of {newest} or older on the PATH and run: "
                "pip install --force-reinstall --no-cache-dir --no-deps pycuda",
            ) from error
        if find_spec("pycuda") is not None:
            raise
        remedy = (
            f"{error.remedy} with nvcc of {newest} or older on the PATH (pip compiles PyCUDA; NVIDIA's CUDA toolkit "
            "provides nvcc, python3-dev Python's headers)"
        )
        raise MissingPackageError(error.problem, remedy) from error
    module.init()
    return module


@cache
def primary(pycuda: Any, gpu: int) -> Any:
    """Return the primary context of a GPU, which PyTorch and CUDA's runtime use too.

    It is kept until the process ends. TensorRT holds it through CUDA's runtime anyway, and PyCUDA, which treats it as a
    context of its own when it is no longer used, would only print that this failed.
    """
    context = pycuda.Device(gpu).retain_primary_context()
    keep(context)
    return context


def keep(*things: object) -> None:
    """Keep objects until the process ends, and never run their destructors.

    This is for objects of PyCUDA that can no longer be freed. Each would print two lines about that from native code.
    """
    for thing in things:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


@contextmanager
def current(context: Any) -> Iterator[None]:
    """Make a context current in this thread for as long as the block lasts."""
    context.push()
    try:
        yield
    finally:
        context.pop()
