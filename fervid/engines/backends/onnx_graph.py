"""Networks as ONNX graphs, which TensorRT and ONNX Runtime read; needs ``fervid[onnx]``."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import torch
from torch import nn

from fervid.core.packages import require
from fervid.engines.backends.end_to_end import EndToEnd
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

INSTALL: Final = "fervid[onnx]"

CROPS: Final = "crops"
PROBABILITIES: Final = "probabilities"

_OPSET: Final = 18
_BFLOAT16_OPSET: Final = 22
"""The first one in which convolutions take bfloat16."""


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
    """The ONNX model of a network.

    Args:
        network: In evaluation mode, on the CPU.
        example: Two pictures of the shape and type that it takes; of one, the exporter would take the number as fixed.
        name: What the graph is called.
        input: What its input is called.
        output: What its output is called.
        properties: What a user of the file alone must know, as texts.
        opset: Which version of ONNX's operators.

    Returns:
        The file's content; its first dimension is dynamic.

    Raises:
        EngineError: ONNX has no words for the network.
        MissingPackageError: onnx or onnxscript is not installed.
    """
    onnx: Any = require("onnx", INSTALL)
    require("onnxscript", INSTALL)
    with _quiet():
        try:
            program: Any = torch.onnx.export(
                network,
                (example,),
                dynamo=True,
                input_names=[input],
                output_names=[output],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=opset,
                verbose=False,
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
            # The exporter's own words tell how it went about it; what went wrong is their cause.
            reason = str(error.__cause__ or error).strip().splitlines()[0]
            raise EngineError(f"{name} cannot be exported to ONNX ({reason})", "report it") from error
    model = program.model_proto
    _forget_origin(model)
    model.graph.name = name
    onnx.helper.set_model_props(model, properties)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def end_to_end_graph(manifest: Manifest, network: nn.Module, dtype: torch.dtype = torch.float32) -> bytes:
    """The ONNX model of a network with all that lies between a crop and a probability.

    Args:
        manifest: What goes in and what comes out.
        network: In float32 on the CPU; not to be used any more.
        dtype: What the network computes in; the types in the graph say so.

    Returns:
        The content of a file whose input `CROPS` is (N, channels, size, size) uint8 and whose output `PROBABILITIES`
        is (N, classes) float32, for any N.

    Raises:
        EngineError: ONNX has no words for the network.
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
        opset=_BFLOAT16_OPSET if dtype == torch.bfloat16 else _OPSET,
    )


def _forget_origin(model: Any) -> None:
    """Drop what the exporter notes about the source of each node: stack traces with paths of this machine."""
    graph = model.graph
    for part in (*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer, graph):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's notes about operators of torchvision, and warnings about its own insides, from the user."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
