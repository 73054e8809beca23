"""OpenVINO, the fastest backend on CPUs; needs ``fervid[openvino]``, whose NNCF builds int8."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self, override

from fervid.core.background import interruptible
from fervid.core.openvino_core import openvino_core
from fervid.core.packages import OPENVINO_EXTRA, require, require_openvino
from fervid.engines.backends import Calibration, Plan
from fervid.engines.backends.openvino_check import check_graph, check_results
from fervid.engines.base import CheckedEngine, Engine
from fervid.engines.compiled import REBUILD, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import nn

_GRAPH, _WEIGHTS = "model.xml", "model.bin"
_HINTS: Final = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
"""OpenVINO's types by precision. The unquantised layers of int8 networks use float32; bfloat16 gains nothing there."""


class OpenVINO:
    """The OpenVINO backend; see `fervid.engines.backends.Backend`."""

    name = "openvino"
    gpu = 0
    is_native = False
    precisions = tuple(_HINTS)

    def on(self, gpu: int) -> Self:
        """Return itself, because it uses no GPU."""
        del gpu
        return self

    def version(self) -> str:
        """Return a version such as ``2026.4.1``."""
        version: str = require_openvino().get_version()
        return version.split("-", maxsplit=1)[0]

    def default_precision(self) -> str:
        """Return bf16 if this CPU has instructions for it, else fp32."""
        capabilities = openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        return "bf16" if "BF16" in capabilities else "fp32"

    def check(self) -> None:
        """Check that the package is installed; it runs on every CPU that it can be installed for."""
        require_openvino()

    def mismatch(self, compiled: Compiled) -> str:
        """Report nothing, because its files suit any CPU, and newer versions read those of older ones."""
        del compiled
        return ""

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Write OpenVINO's graph and weights."""
        import torch

        from fervid.engines.backends.end_to_end import EndToEnd

        package, spec = require_openvino(), manifest.input
        shape = [spec.channels, spec.size, spec.size]
        try:
            with _quiet():
                model = package.convert_model(
                    EndToEnd(manifest, network),
                    example_input=torch.zeros([2, *shape], dtype=torch.uint8),
                    input=[([-1, *shape], package.Type.u8)],
                )
        except (RuntimeError, TypeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise EngineError(
                f"OpenVINO cannot convert the network {manifest.network!r} ({reason})", "report this as a bug"
            ) from error
        if plan.calibration is not None:
            model = _quantise(model, plan.calibration)
        try:
            package.save_model(model, folder / _GRAPH, compress_to_fp16=False)
        except RuntimeError as error:
            # OpenVINO does not say why, but only the stream that it writes to can fail here.
            raise OSError("OpenVINO could not write all of the file; is the disk full?") from error
        return ()

    def check_files(self, folder: Path, compiled: Compiled) -> None:
        """Check the digests of graph and weights, and the layers of the graph."""
        compiled.content(folder, _WEIGHTS)
        check_graph(compiled.content(folder, _GRAPH), folder / _GRAPH)

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Compile the graph for this CPU."""
        return OpenVINOEngine(folder, manifest, compiled, threads)


OPENVINO: Final = OpenVINO()


class OpenVINOEngine(CheckedEngine):
    """A network that OpenVINO runs on the CPU.

    With one thread it is configured for low latency. With more, each call divides its faces among as many streams,
    which is configured for throughput: for many faces at a time on a machine that is otherwise idle.

    Args:
        folder: Folder of OpenVINO's files.
        manifest: Manifest of the trained engine.
        compiled: Description of the compiled engine.
        threads: Number of CPU threads.

    Raises:
        EngineError: A file is missing or damaged, or the probabilities are not finite.
        MissingPackageError: OpenVINO is not installed.
    """

    def __init__(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int = 1) -> None:
        super().__init__(manifest, compiled.batch.most, OPENVINO.name, f"cpu ({compiled.precision})")
        graph, weights = compiled.content(folder, _GRAPH), compiled.content(folder, _WEIGHTS)
        check_graph(graph, folder / _GRAPH)

        def begin() -> None:
            core = openvino_core()
            read = core.read_model(graph, weights)
            check_results(read, folder / _GRAPH)
            model = core.compile_model(
                read,
                "CPU",
                {
                    "INFERENCE_PRECISION_HINT": _HINTS[compiled.precision],
                    "PERFORMANCE_HINT": "LATENCY" if threads == 1 else "THROUGHPUT",
                    "INFERENCE_NUM_THREADS": threads,
                    "NUM_STREAMS": threads,
                    "ENABLE_CPU_PINNING": False,  # decoding and detection use the same cores
                },
            )
            self._requests = [model.create_infer_request() for _ in range(threads)]
            self._try_out()

        try:
            interruptible(begin)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise EngineError(f"OpenVINO cannot load '{folder / _GRAPH}' ({reason})", REBUILD) from error

    @override
    def _infer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        return [self._probabilities(part) for part in parts]

    @override
    def _release(self) -> None:
        del self._requests

    def _probabilities(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the probabilities of one part, which is divided among all streams."""
        pieces = [piece for piece in np.array_split(part, len(self._requests)) if len(piece)]
        busy = self._requests[: len(pieces)]
        for request, piece in zip(busy, pieces, strict=True):
            request.start_async([piece], share_inputs=True)
        rows = []
        for request in busy:
            request.wait()
            rows.append(request.get_output_tensor().data.copy())
        return np.concatenate(rows)


def _quantise(model: Any, calibration: Calibration) -> Any:
    """Quantise a float network to int8, with value ranges measured on faces (NNCF's post-training quantisation)."""
    require_openvino()
    nncf: Any = require("nncf", OPENVINO_EXTRA)
    crops = calibration.crops
    with _quiet():
        return nncf.quantize(
            model, nncf.Dataset([crops[at : at + 1] for at in range(len(crops))]), subset_size=len(crops)
        )


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the converters' progress bars, log messages and warnings, which concern their own internals."""
    logger = logging.getLogger("nncf")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
