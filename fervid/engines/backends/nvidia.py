"""NVIDIA's GPUs at hand, asked from their driver: no package is needed, and none is loaded."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Final

from fervid.errors import DeviceError

_LIBRARY: Final = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
_MAJOR, _MINOR = 75, 76
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of the CUDA driver's interface."""


@cache
def capabilities() -> tuple[str, ...]:
    """The compute capability of each GPU, such as ``8.9``, in the driver's order.

    Raises:
        DeviceError: There is no driver, or it sees no GPU.
    """
    try:
        driver = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise DeviceError(
            f"there is no NVIDIA GPU or no driver for it ({_LIBRARY} is missing)",
            "use --device cpu, or install NVIDIA's driver (nvidia.com/drivers)",
        ) from error
    count, device, value = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    found = []
    if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0:
        for place in range(count.value):
            driver.cuDeviceGet(ctypes.byref(device), place)
            numbers = []
            for attribute in (_MAJOR, _MINOR):
                driver.cuDeviceGetAttribute(ctypes.byref(value), attribute, device)
                numbers.append(value.value)
            found.append(".".join(map(str, numbers)))
    if not found:
        raise DeviceError(
            "NVIDIA's driver sees no GPU", "use --device cpu, or look what nvidia-smi says and restart after an update"
        )
    return tuple(found)
