"""The backends that compile and run networks, by name, and their interface."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from typing_extensions import Self

from fervid.core.registry import Registry
from fervid.engines.compiled import Batch, Compiled
from fervid.engines.manifest import Manifest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from fervid.engines.base import Engine

PYTORCH: Final = "pytorch"
"""The backend that runs everywhere, without compiling."""

ANY_BATCH: Final = Batch()


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Faces on which the value ranges of an int8 network are measured.

    Attributes:
        crops: (N, channels, size, size) uint8.
        source: Description of the faces, as shown to users.
    """

    crops: NDArray[np.uint8]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The choices for compiling a network.

    Attributes:
        precision: One of `fervid.engines.compiled.PRECISIONS`.
        batch: Batch sizes to compile for.
        targets: Compute capabilities of the GPUs to compile for, such as ``8.9``; empty for the GPU of this machine.
        calibration: Faces to calibrate int8 on; None for other precisions.

    Raises:
        ValueError: int8 lacks faces to calibrate on.
    """

    precision: str
    batch: Batch = ANY_BATCH
    targets: tuple[str, ...] = ()
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        if self.precision == "int8" and self.calibration is None:
            raise ValueError("int8 needs faces to calibrate on")


class Backend(Protocol):
    """A library that compiles networks and runs compiled ones."""

    @property
    def name(self) -> str:
        """The name, one of `COMPILERS`."""
        ...

    @property
    def gpu(self) -> int:
        """The number of the GPU that it compiles for and runs on; 0 if it uses none."""
        ...

    @property
    def is_native(self) -> bool:
        """True if its compiled networks hold machine code, which can do anything that the user can."""
        ...

    @property
    def precisions(self) -> tuple[str, ...]:
        """The precisions that it can compile for."""
        ...

    def on(self, gpu: int) -> Self:
        """Return the backend for the GPU of that number; one that uses no GPU returns itself."""
        ...

    def version(self) -> str:
        """Return the version of its package.

        Raises:
            MissingPackageError: The package is not installed.
        """
        ...

    def default_precision(self) -> str:
        """Return the fastest precision on this machine that changes no label beyond rounding."""
        ...

    def check(self) -> None:
        """Check that it can run networks here.

        Raises:
            MissingPackageError: A package or a driver is not installed.
            DeviceError: There is no suitable device.
        """
        ...

    def mismatch(self, compiled: Compiled) -> str:
        """Return why a compiled network cannot run here, such as "was built for ..."; empty if it can."""
        ...

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Compile a network and write the files of the compiled one.

        Args:
            manifest: Manifest of the trained engine.
            network: Network in float32 on the CPU, which the backend may change.
            plan: Precision, batch sizes, targets and calibration.
            folder: Empty folder for the files.

        Returns:
            The targets that the compiled network runs on, for `Compiled.targets`.

        Raises:
            EngineError: The network cannot be compiled as planned.
            MissingPackageError: A package is not installed.
            DeviceError: The backend needs a device to compile, and there is none.
        """
        ...

    def check_files(self, folder: Path, compiled: Compiled) -> None:
        """Check the files of a compiled network, which may come from anybody, before anything of them runs.

        Args:
            folder: Folder of the files.
            compiled: Description of the compiled engine.

        Raises:
            EngineError: A file is missing or damaged, or holds something that `build` does not write.
            MissingPackageError: A package that reads the files is not installed.
        """
        ...

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Load a compiled network and make it ready to run.

        Args:
            folder: Folder of its files.
            manifest: Manifest of the trained engine.
            compiled: Description of the compiled engine, for which `mismatch` found nothing.
            threads: Number of CPU threads, if it runs on a CPU.

        Raises:
            EngineError: A file is missing or damaged.
            MissingPackageError: A package or a driver is not installed.
            DeviceError: There is no suitable device.
        """
        ...


_COMPILERS: Final = Registry[Backend](
    "backend to compile for",
    {
        "tensorrt": "fervid.engines.backends.tensorrt:TENSORRT",
        "tensorrt-rtx": "fervid.engines.backends.tensorrt:TENSORRT_RTX",
        "openvino": "fervid.engines.backends.openvino:OPENVINO",
        "onnx": "fervid.engines.backends.onnx_runtime:ONNX_RUNTIME",
    },
)

COMPILERS: Final = _COMPILERS.names
"""Names of the backends that compile."""

NAMES: Final = (*COMPILERS, PYTORCH)
"""Names of all backends."""

DEVICES: Final = ("cpu", "cuda")
"""Names of the devices that backends run on; ``cuda:1`` names the second GPU."""

_GPU: Final = re.compile(r"cuda:(\d{1,3})")


def is_device(name: str) -> bool:
    """Return whether a device can have that name, here or elsewhere."""
    return name in DEVICES or _GPU.fullmatch(name) is not None


def kind(device: str) -> str:
    """Return the one of `DEVICES` that a device belongs to: ``cuda`` for ``cuda:1``; ``auto`` stays as it is."""
    return device.partition(":")[0]


def gpu_index(device: str) -> int:
    """Return the number of the GPU that a device names, in CUDA's order; 0 if it names none."""
    named = _GPU.fullmatch(device)
    return int(named[1]) if named else 0


def get(name: str, gpu: int = 0) -> Backend:
    """Return the backend of that name, one of `COMPILERS`, without importing its package.

    Args:
        name: Name of the backend.
        gpu: Number of the GPU that it compiles for and runs on, if it uses one.

    Raises:
        UsageError: There is no such backend.
    """
    return _COMPILERS.get(name).on(gpu)
