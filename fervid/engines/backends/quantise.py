"""Quantisation of ONNX models to int8, with value ranges measured on faces; needs ``fervid[onnx]``."""

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
from fervid.engines.backends.half import LEAST_RANGE
from fervid.engines.backends.onnx_graph import CROPS, INSTALL

_BATCH: Final = 8
"""Batch size; ONNX Runtime expects equal batches, so a remainder of faces is not used."""


def quantise(content: bytes, calibration: Calibration, *, only_inputs: bool = False) -> bytes:
    """Quantise a float32 model to int8, with pairs of QuantizeLinear and DequantizeLinear around the int8 operators.

    Weights are quantised per channel and activations per tensor, both symmetrically, as TensorRT requires (Wu et al.
    2020, arXiv:2004.09602).

    Args:
        content: ONNX model by `fervid.engines.backends.onnx_graph.end_to_end_graph`, in float32.
        calibration: Faces to measure value ranges on.
        only_inputs: Quantise the inputs of convolutions and matrix products, but neither their outputs nor biases, with
            scales that float16 can hold. TensorRT needs this in order to fuse them with the operators that follow; ONNX
            Runtime needs the opposite.

    Returns:
        The content of the int8 model's file.

    Raises:
        MissingPackageError: onnxruntime is not installed.
    """
    tool: Any = require("onnxruntime.quantization", INSTALL)
    kinds = ["Conv", "Gemm", "MatMul"]
    options: dict[str, Any] = {}
    if only_inputs:
        options = {"QuantizeBias": False, "OpTypesToExcludeOutputQuantization": kinds, "MinimumRealRange": LEAST_RANGE}
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
    """A reader of calibration data, in the form that ONNX Runtime expects."""

    def __init__(self, crops: NDArray[np.uint8]) -> None:
        size = min(_BATCH, len(crops))
        self._parts = iter([crops[at : at + size] for at in range(0, len(crops) - size + 1, size)])

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next batch by the name of the input; None at the end."""
        part = next(self._parts, None)
        return None if part is None else {CROPS: part}

    def __iter__(self) -> Iterator[dict[str, NDArray[np.uint8]]]:
        while (part := self.get_next()) is not None:
            yield part


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence ONNX Runtime's messages, some of which it logs and some of which it prints."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(before)
