"""TensorRT and TensorRT for RTX: the fast way on NVIDIA's GPUs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from fervid.engines import nvidia
from fervid.engines.backends import Plan
from fervid.engines.base import Engine
from fervid.engines.compiled import Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError
from fervid.packages import require

if TYPE_CHECKING:
    from torch import nn


class TensorRT:
    """Both backends; see `fervid.engines.backends.Backend`.

    Args:
        name: ``tensorrt`` or ``tensorrt-rtx``.
        module: What Python imports.
    """

    precisions = ("fp32", "fp16", "bf16", "int8")

    def __init__(self, name: str, module: str) -> None:
        self.name = name
        self._module = module

    def version(self) -> str:
        """As ``11.4.0.106``."""
        return str(self._package().__version__)

    def precision(self) -> str:
        """fp16, for which every GPU that TensorRT knows has fast instructions."""
        return "fp16"

    def check(self) -> None:
        """Whether there are a GPU, its driver, TensorRT and PyCUDA."""
        nvidia.capabilities()
        self._package()
        require("pycuda", f"fervid[{self.name}]")

    def misfit(self, compiled: Compiled) -> str:
        """Another version, or another GPU."""
        if compiled.version != self.version():
            return f"was built with {self.name} {compiled.version}, here is {self.version()}"
        here = nvidia.capabilities()[0]
        if compiled.targets and here not in compiled.targets:
            return f"was built for GPUs of compute capability {', '.join(compiled.targets)}, here is {here}"
        return ""

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Not there yet."""
        del manifest, network, plan, folder
        raise EngineError("fervid does not build for TensorRT yet", "use another backend")

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Not there yet."""
        del folder, manifest, compiled, threads
        raise EngineError("fervid does not run TensorRT yet", "use another backend")

    def _package(self) -> Any:
        return require(self._module, f"fervid[{self.name}]")


TENSORRT: Final = TensorRT("tensorrt", "tensorrt")
TENSORRT_RTX: Final = TensorRT("tensorrt-rtx", "tensorrt_rtx")
