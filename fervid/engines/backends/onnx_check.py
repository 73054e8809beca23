"""The check of an ONNX file from anybody, before ONNX Runtime opens it; needs ``fervid[onnx]``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fervid.core.packages import require
from fervid.core.plurals import counted
from fervid.engines.backends.graph_limits import check_operators, check_shape
from fervid.engines.compiled import REBUILD
from fervid.errors import EngineError

_INSTALL: Final = "fervid[onnx]"

OPERATORS: Final = frozenset(
    [
        *("Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Conv", "DequantizeLinear", "Div", "Gemm"),
        *("LeakyRelu", "MaxPool", "Mul", "QuantizeLinear", "ReduceMean", "Relu", "Reshape", "Softmax"),
    ]
)
"""The operators of ONNX that fervid's networks are exported to. None of them has a graph of its own, as Loop has."""

_STANDARD: Final = ("", "ai.onnx")
"""The names of ONNX's own set of operators."""


def check_graph(content: bytes, path: Path) -> None:
    """Check that an ONNX file holds nothing but what fervid writes into one.

    Args:
        content: The content of the file.
        path: The file, for messages.

    Raises:
        EngineError: The file is no ONNX model, or has another operator, a graph within an operator, a function, data in
            another file, or a result that is too large.
        MissingPackageError: onnx is not installed.
    """
    onnx: Any = require("onnx", _INSTALL)
    require("onnx.shape_inference", _INSTALL)
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's exceptions have no common base but Exception
        raise EngineError(f"'{path}' is not an ONNX model", REBUILD) from error
    graph = model.graph
    if model.functions or model.training_info or graph.sparse_initializer:
        raise EngineError(f"'{path}' has functions or sparse weights, which no network of fervid has", REBUILD)
    check_operators(path, map(_name, graph.node), OPERATORS)
    simple = onnx.AttributeProto
    kinds = {simple.FLOAT, simple.INT, simple.STRING, simple.FLOATS, simple.INTS, simple.STRINGS}
    if any(attribute.type not in kinds for node in graph.node for attribute in node.attribute):
        raise EngineError(f"'{path}' has a graph or weights within an operator", REBUILD)
    if any(tensor.external_data or tensor.data_location for tensor in graph.initializer):
        raise EngineError(f"'{path}' takes its weights from another file", REBUILD)
    if len(graph.input) != 1 or len(graph.output) != 1:
        inputs, outputs = counted(len(graph.input), "input"), counted(len(graph.output), "output")
        raise EngineError(f"'{path}' has {inputs} and {outputs}, not one", REBUILD)
    for operator, shape in _shapes(onnx, model, path):
        check_shape(path, operator, shape)


def _name(node: Any) -> str:
    return str(node.op_type) if node.domain in _STANDARD else f"{node.domain}.{node.op_type}"


def _shapes(onnx: Any, model: Any, path: Path) -> Iterator[tuple[str, list[int | None]]]:
    """Yield each operator with the shape of each of its results for one face, as ONNX infers them."""
    del model.graph.value_info[:]
    sides = model.graph.input[0].type.tensor_type.shape.dim
    if sides:
        sides[0].dim_value = 1
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    try:
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True).graph
    except Exception as error:  # the exceptions of onnx's native code have no common base but Exception
        reason = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise EngineError(f"'{path}' has results whose shapes contradict each other ({reason})", REBUILD) from error
    known = {value.name: value.type.tensor_type for value in (*inferred.input, *inferred.value_info, *inferred.output)}
    for value in inferred.input:
        yield "the input", _sides(known[value.name])
    for node in inferred.node:
        for name in filter(None, node.output):
            yield node.op_type, _sides(known[name]) if name in known else [1, None]


def _sides(kind: Any) -> list[int | None]:
    if not kind.HasField("shape"):
        return [1, None]
    return [side.dim_value if side.HasField("dim_value") else None for side in kind.shape.dim]
