"""Conversion of networks to ONNX models, which TensorRT and ONNX Runtime read; needs ``fervid[onnx]``."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import nn

from fervid.core.background import interruptible
from fervid.core.packages import require
from fervid.engines.backends.end_to_end import EndToEnd
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

INSTALL: Final = "fervid[onnx]"

CROPS: Final = "crops"
PROBABILITIES: Final = "probabilities"

_OPSET: Final = 18
_BFLOAT16_OPSET: Final = 22
"""The first version in which convolutions support bfloat16."""


def graph(
    network: nn.Module,
    example: torch.Tensor,
    *,
    name: str,
    input: str,
    output: str,
    properties: Mapping[str, str],
    opset: int = _OPSET,
) -> bytes:
    """Convert a network to an ONNX model.

    Args:
        network: Network in evaluation mode on the CPU.
        example: Batch of two images with the shape and dtype that the network takes. From a single one, the exporter
            would conclude that the batch size is fixed.
        name: Name of the model's graph.
        input: Name of its input.
        output: Name of its output.
        properties: Metadata for users of the file.
        opset: Version of ONNX's operator set.

    Returns:
        The content of the file; the first dimension of its input is dynamic.

    Raises:
        EngineError: ONNX cannot express the network.
        MissingPackageError: onnx or onnxscript is not installed.
    """
    onnx: Any = require("onnx", INSTALL)
    require("onnxscript", INSTALL)
    with _quiet():
        try:
            # In the main thread, Ctrl-C during the exporter's imports would come out as an AttributeError.
            program: Any = interruptible(
                lambda: torch.onnx.export(
                    network,
                    (example,),
                    dynamo=True,
                    input_names=[input],
                    output_names=[output],
                    dynamic_shapes=({0: torch.export.Dim("batch")},),
                    opset_version=opset,
                    verbose=False,
                )
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
            # The exporter's error lists the strategies that it tried; its cause tells what went wrong.
            reason = str(error.__cause__ or error).strip().splitlines()[0]
            raise EngineError(f"'{name}' cannot be exported to ONNX ({reason})", "report this as a bug") from error
    model = program.model_proto
    _remove_origin(model)
    model.graph.name = name
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def end_to_end_graph(
    manifest: Manifest, network: nn.Module, dtype: torch.dtype = torch.float32, *, opset: int = _OPSET
) -> bytes:
    """Convert a network with its preprocessing and its softmax to an ONNX model.

    Args:
        manifest: Manifest of the trained engine.
        network: Network in float32 on the CPU, which must not be used afterwards.
        dtype: Type that the network computes in, and that the model declares.
        opset: Lowest version of ONNX's operator set.

    Returns:
        The content of a file whose input `CROPS` is (N, channels, size, size) uint8 and whose output `PROBABILITIES`
        is (N, classes) float32, for any N.

    Raises:
        EngineError: ONNX cannot express the network.
        MissingPackageError: onnx or onnxscript is not installed.
    """
    spec = manifest.input
    return graph(
        EndToEnd(manifest, network, dtype).eval(),
        torch.zeros(2, spec.channels, spec.size, spec.size, dtype=torch.uint8),
        name=manifest.name,
        input=CROPS,
        output=PROBABILITIES,
        properties={"classes": json.dumps(manifest.classes), "weights_sha256": manifest.sha256},
        opset=max(opset, _BFLOAT16_OPSET) if dtype == torch.bfloat16 else opset,
    )


def _remove_origin(model: Any) -> None:
    """Remove the stack traces that the exporter stores for each node, which hold paths of this machine."""
    graph = model.graph
    for part in (*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer, graph):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the exporter's log messages and warnings, which concern its own internals."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
