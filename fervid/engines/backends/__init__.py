"""What can run a network, by name: the backends and what each of them can do; their modules are beside this one."""

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
"""The backend that compiles nothing and runs everywhere."""

ANY_BATCH: Final = Batch()


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Faces that the ranges of an int8 network are measured on.

    Attributes:
        crops: (N, channels, size, size) uint8.
        source: What they are, for people.
    """

    crops: NDArray[np.uint8]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a network is to be compiled.

    Attributes:
        precision: One of `fervid.engines.compiled.PRECISIONS`.
        batch: How many faces at a time.
        targets: Compute capabilities of the GPUs to compile for, such as ``8.9``; nothing for the one at hand.
        calibration: For int8, else None.
    """

    precision: str
    batch: Batch = ANY_BATCH
    targets: tuple[str, ...] = ()
    calibration: Calibration | None = None


class Backend(Protocol):
    """Compiles networks, and runs what it compiled."""

    @property
    def name(self) -> str:
        """One of `COMPILERS`."""
        ...

    @property
    def precisions(self) -> tuple[str, ...]:
        """What it can compile for."""
        ...

    def version(self) -> str:
        """The version of its package.

        Raises:
            MissingPackageError: It is not installed.
        """
        ...

    def precision(self) -> str:
        """The fastest precision that changes no label beyond rounding on this machine."""
        ...

    def check(self) -> None:
        """Whether it can run a network here.

        Raises:
            MissingPackageError: A package or a driver is not installed.
            DeviceError: There is no device for it.
        """
        ...

    def misfit(self, compiled: Compiled) -> str:
        """Why a compiled network cannot run here, as "was built for ..."; empty where it can."""
        ...

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Compile a network, and write the files of the compiled one.

        Args:
            manifest: Of the trained engine.
            network: In float32 on the CPU; the backend's from here on.
            plan: How.
            folder: An empty one, for the files.

        Returns:
            The targets that it runs on, for `Compiled.targets`.

        Raises:
            EngineError: The network cannot be compiled so.
            MissingPackageError: A package is not installed.
            DeviceError: It takes a device to compile, and there is none.
        """
        ...

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Make a compiled network ready to run.

        Args:
            folder: Holds its files.
            manifest: Of the trained engine.
            compiled: Of the compiled one, with which nothing is amiss.
            threads: How many CPU threads compute, where it runs on a CPU.

        Raises:
            EngineError: A file is missing or damaged.
            MissingPackageError: A package or a driver is not installed.
            DeviceError: There is no device for it.
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
"""The backends that a network is compiled for."""

NAMES: Final = (*COMPILERS, PYTORCH)
"""Every backend."""

DEVICES: Final = ("cpu", "cuda")
"""The devices that backends run on."""


def get(name: str) -> Backend:
    """The backend of that name, of `COMPILERS`; its own package is not imported yet.

    Raises:
        UsageError: There is none.
    """
    return _COMPILERS.get(name)
