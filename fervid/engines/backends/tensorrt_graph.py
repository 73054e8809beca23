"""The ONNX models that TensorRT compiles, in the types that it computes in; needs ``fervid[onnx]``."""

from __future__ import annotations

from typing import Final

import torch
from torch import nn

from fervid.engines.backends import Calibration, half
from fervid.engines.backends.onnx_graph import end_to_end_graph
from fervid.engines.backends.quantise import quantise
from fervid.engines.manifest import Manifest

_DTYPES: Final = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def create(manifest: Manifest, network: nn.Module, precision: str, calibration: Calibration | None = None) -> bytes:
    """Convert a network with its preprocessing and its softmax to an ONNX model.

    Args:
        manifest: Manifest of the trained engine.
        network: Network in float32 on the CPU, which must not be used afterwards.
        precision: One of `fervid.engines.compiled.PRECISIONS`. With int8, all that is not int8 is fp16.
        calibration: Faces to calibrate int8 on; None for other precisions.

    Raises:
        EngineError: ONNX cannot express the network.
        MissingPackageError: A package is not installed.
    """
    if calibration is None:
        return end_to_end_graph(manifest, network, _DTYPES[precision])
    exact = end_to_end_graph(manifest, network, opset=half.OPSET)
    return half.to_half(quantise(exact, calibration, only_inputs=True))
