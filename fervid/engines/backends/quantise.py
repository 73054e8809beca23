"""int8 networks in ONNX: explicit quantisation, with ranges measured on faces; needs ``fervid[onnx]``."""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.packages import require
from fervid.engines.backends import Calibration
from fervid.engines.backends.onnx_graph import CROPS, INSTALL

_BATCH: Final = 8
"""Faces at a time; the tool wants batches of one size, so what is left over is not used."""


def quantised(content: bytes, calibration: Calibration, *, only_inputs: bool = False) -> bytes:
    """The int8 network of a float32 one, with pairs of QuantizeLinear and DequantizeLinear around what becomes int8.

    Weights are quantised by channel, activations by tensor, both symmetrically, as TensorRT demands (Wu et al. 2020,
    arXiv:2004.09602).

    Args:
        content: An ONNX file by `fervid.engines.backends.onnx_graph.end_to_end_graph`, in float32.
        calibration: The faces.
        only_inputs: Quantise no biases, and only what goes into convolutions and products, not what comes out: so
            TensorRT wants it, which joins what follows with them by itself. ONNX Runtime needs both quantised for that.

    Returns:
        The content of the int8 one's file.

    Raises:
        MissingPackageError: onnxruntime is not installed.
    """
    tool: Any = require("onnxruntime.quantization", INSTALL)
    kinds = ["Conv", "Gemm", "MatMul"]
    options = {"QuantizeBias": False, "OpTypesToExcludeOutputQuantization": kinds} if only_inputs else {}
    with tempfile.TemporaryDirectory() as folder, _quiet():
        before, prepared, after = (Path(folder, f"{name}.onnx") for name in ("before", "prepared", "after"))
        before.write_bytes(content)
        require("onnxruntime.quantization.shape_inference", INSTALL).quant_pre_process(str(before), str(prepared))
        tool.quantize_static(
            str(prepared),
            str(after),
            _Faces(calibration.crops),
            quant_format=tool.QuantFormat.QDQ,
            op_types_to_quantize=kinds,
            per_channel=True,
            activation_type=tool.QuantType.QInt8,
            weight_type=tool.QuantType.QInt8,
            calibrate_method=tool.CalibrationMethod.Percentile,
            extra_options={"ActivationSymmetric": True, "WeightSymmetric": True, "CalibPercentile": 99.99, **options},
        )
        return after.read_bytes()


class _Faces:
    """What ONNX Runtime asks for calibration data."""

    def __init__(self, crops: NDArray[np.uint8]) -> None:
        size = min(_BATCH, len(crops))
        self._parts = iter([crops[at : at + size] for at in range(0, len(crops) - size + 1, size)])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """The next batch by the input's name, None at the end."""
        part = next(self._parts, None)
        return None if part is None else {CROPS: part}

    def __iter__(self) -> Iterator[dict[str, NDArray[np.uint8]]]:
        while (part := self.get_next()) is not None:
            yield part


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the tool's notes from the user, some of which it prints."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(before)
