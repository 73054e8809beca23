"""The backends that compile and run networks, by name, and their interface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

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
    """

    precision: str
    batch: Batch = ANY_BATCH
    targets: tuple[str, ...] = ()
    calibration: Calibration | None = None


class Backend(Protocol):
    """A library that compiles networks and runs compiled ones."""

    @property
    def name(self) -> str:
        """The name, one of `COMPILERS`."""
        ...

    @property
    def precisions(self) -> tuple[str, ...]:
        """The precisions that it can compile for."""
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
"""Names of the devices that backends run on."""


def get(name: str) -> Backend:
    """Return the backend of that name, one of `COMPILERS`, without importing its package.

    Raises:
        UsageError: There is no such backend.
    """
    return _COMPILERS.get(name)
