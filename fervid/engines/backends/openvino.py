"""OpenVINO: the fast way on a CPU; needs ``fervid[openvino]``, and NNCF (in the same extra) to build int8."""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from fervid.core.packages import require
from fervid.engines.backends import Calibration, Plan
from fervid.engines.base import CheckedEngine, Engine
from fervid.engines.compiled import REBUILD, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import nn

_INSTALL: Final = "fervid[openvino]"
_GRAPH, _WEIGHTS = "model.xml", "model.bin"
_HINTS: Final = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}
"""What is computed outside the quantised layers of an int8 network: bfloat16 gains nothing there."""


class OpenVINO:
    """The backend; see `fervid.engines.backends.Backend`."""

    name = "openvino"
    precisions = tuple(_HINTS)

    def version(self) -> str:
        """As ``2026.4.1``."""
        version: str = _package().get_version()
        return version.split("-", maxsplit=1)[0]

    def precision(self) -> str:
        """bf16 where this CPU has instructions for it, else fp32."""
        capabilities = _package().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        return "bf16" if "BF16" in capabilities else "fp32"

    def check(self) -> None:
        """It runs on every CPU that its package is made for."""
        _package()

    def misfit(self, compiled: Compiled) -> str:
        """Nothing: its graphs are for any CPU, and its newer versions read those of older ones."""
        del compiled
        return ""

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Write OpenVINO's graph and weights."""
        import torch

        from fervid.engines.backends.end_to_end import EndToEnd

        package, spec = _package(), manifest.input
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
            raise EngineError(f"OpenVINO cannot convert {manifest.network} ({reason})", "report it") from error
        if plan.calibration is not None:
            model = _quantised(model, plan.calibration)
        try:
            package.save_model(model, folder / _GRAPH, compress_to_fp16=False)
        except RuntimeError as error:
            # It does not tell why; what may raise is the stream that it writes to.
            raise OSError("OpenVINO could not write all of it; is the disk full?") from error
        return ()

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Compile the graph for this CPU."""
        return OpenVINOEngine(folder, manifest, compiled, threads)


OPENVINO: Final = OpenVINO()


class OpenVINOEngine(CheckedEngine):
    """A network that OpenVINO runs on the CPU.

    With one thread it is set for latency. With more, the faces of a call are shared among as many streams, which is
    set for throughput: for many faces at once, where the machine has nothing else to do.

    Args:
        folder: Holds its files.
        manifest: What goes in and what comes out.
        compiled: How it was made.
        threads: How many CPU threads compute.

    Raises:
        EngineError: A file is missing or damaged, or answers are no numbers.
        MissingPackageError: OpenVINO is not installed.
    """

    def __init__(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int = 1) -> None:
        super().__init__(manifest, compiled.batch.most, OPENVINO.name, f"cpu ({compiled.precision})")
        package = _package()
        graph, weights = compiled.content(folder, _GRAPH), compiled.content(folder, _WEIGHTS)
        try:
            core = package.Core()
            model = core.compile_model(
                core.read_model(graph, weights),
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
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise EngineError(f"OpenVINO does not take {folder / _GRAPH} ({reason})", REBUILD) from error

    @override
    def _answer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        return [self._shared(part) for part in parts]

    @override
    def _release(self) -> None:
        del self._requests

    def _shared(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The probabilities of one part, which all streams work on."""
        pieces = [piece for piece in np.array_split(part, len(self._requests)) if len(piece)]
        busy = self._requests[: len(pieces)]
        for request, piece in zip(busy, pieces, strict=True):
            request.start_async([piece], share_inputs=True)
        rows = []
        for request in busy:
            request.wait()
            rows.append(request.get_output_tensor().data.copy())
        return np.concatenate(rows)


def _quantised(model: Any, calibration: Calibration) -> Any:
    """The int8 network of a float one, its ranges measured on faces (NNCF's post-training quantisation)."""
    _package()
    nncf: Any = require("nncf", _INSTALL)
    crops = calibration.crops
    with _quiet():
        return nncf.quantize(
            model, nncf.Dataset([crops[at : at + 1] for at in range(len(crops))]), subset_size=len(crops)
        )


def _package() -> Any:
    # OpenVINO and NNCF report their use over the network when this module is there; nothing leaves this machine.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return require("openvino", _INSTALL)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the converters' progress bars, notes and deprecations of their own insides from the user."""
    logger = logging.getLogger("nncf")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
