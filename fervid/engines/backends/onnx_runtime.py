"""ONNX Runtime on the CPU; needs ``fervid[onnx]``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self, override

from fervid.core.background import interruptible
from fervid.core.packages import require
from fervid.engines.backends import Plan
from fervid.engines.backends.onnx_check import check_graph
from fervid.engines.base import CheckedEngine, Engine, reason
from fervid.engines.compiled import REBUILD, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import nn

_INSTALL: Final = "fervid[onnx]"
_MODEL: Final = "model.onnx"


class OnnxRuntime:
    """The ONNX Runtime backend; see `fervid.engines.backends.Backend`."""

    name = "onnx"
    gpu = 0
    is_native = False
    precisions = ("fp32", "int8")

    def on(self, gpu: int) -> Self:
        """Return itself, because it uses no GPU."""
        del gpu
        return self

    def version(self) -> str:
        """Return a version such as ``1.31.1``."""
        return str(_package().__version__)

    def default_precision(self) -> str:
        """Return fp32, because ONNX Runtime has no bfloat16 kernels for CPUs."""
        return "fp32"

    def check(self) -> None:
        """Check that the package is installed; it runs on every CPU that it can be installed for."""
        _package()

    def mismatch(self, compiled: Compiled) -> str:
        """Report nothing, because ONNX files suit any CPU and any later version."""
        del compiled
        return ""

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Write the ONNX file."""
        from fervid.engines.backends import onnx_graph

        content = onnx_graph.end_to_end_graph(manifest, network)
        if plan.calibration is not None:
            from fervid.engines.backends.quantise import quantise

            content = quantise(content, plan.calibration)
        (folder / _MODEL).write_bytes(content)
        return ()

    def check_files(self, folder: Path, compiled: Compiled) -> None:
        """Check the digest of the ONNX file, and its graph."""
        check_graph(compiled.content(folder, _MODEL), folder / _MODEL)

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Open a session with the ONNX file."""
        return OnnxEngine(folder, manifest, compiled, threads)


ONNX_RUNTIME: Final = OnnxRuntime()


class OnnxEngine(CheckedEngine):
    """A network that ONNX Runtime runs on the CPU.

    Args:
        folder: Folder of the ONNX file.
        manifest: Manifest of the trained engine.
        compiled: Description of the compiled engine.
        threads: Number of CPU threads.

    Raises:
        EngineError: The file is missing or damaged, or the probabilities are not finite.
        MissingPackageError: ONNX Runtime is not installed.
    """

    _failures = (Exception,)  # its exceptions have no other common base

    def __init__(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int = 1) -> None:
        super().__init__(manifest, compiled.batch.most, ONNX_RUNTIME.name, f"cpu ({compiled.precision})")
        package, content = _package(), compiled.content(folder, _MODEL)
        check_graph(content, folder / _MODEL)
        options = package.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4  # failures raise an exception, which becomes one line

        def begin() -> None:
            self._session = package.InferenceSession(content, options, providers=["CPUExecutionProvider"])
            self._input = self._session.get_inputs()[0].name
            self._try_out()

        try:
            interruptible(begin)
        except self._failures as error:
            if isinstance(error, EngineError):
                raise
            raise EngineError(f"ONNX Runtime cannot load '{folder / _MODEL}' ({reason(error)})", REBUILD) from error

    @override
    def _infer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        return [self._session.run(None, {self._input: part})[0] for part in parts]

    @override
    def _release(self) -> None:
        del self._session


def _package() -> Any:
    return require("onnxruntime", _INSTALL)
