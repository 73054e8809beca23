"""Conversion of a quantised ONNX model to float16 wherever it is not int8; needs ``fervid[onnx]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fervid.core.packages import require
from fervid.engines.backends.onnx_graph import INSTALL, PROBABILITIES
from fervid.errors import EngineError

OPSET: Final = 19
"""The first version of ONNX's operator set in which QuantizeLinear and DequantizeLinear take float16 scales."""

LEAST_RANGE: Final = 2.0**-6
"""The distance from the lowest to the highest value at which the steps of int8 are still normal numbers of float16."""


def to_half(content: bytes) -> bytes:
    """Convert a quantised model so that it computes in float16 what it does not compute in int8.

    ONNX Runtime can measure the value ranges of int8 in float32 alone, so the types change after that: DequantizeLinear
    returns float16, and so do all operators that follow it. The preprocessing, the temperature and the softmax stay
    float32, as in `fervid.engines.backends.end_to_end.EndToEnd`.

    Args:
        content: ONNX model by `fervid.engines.backends.quantise.quantise`, of at least `OPSET`. No range of values may
            be narrower than `LEAST_RANGE`, because the scale would then lose precision in float16.

    Returns:
        The content of the converted model's file.

    Raises:
        EngineError: A weight or a scale is beyond the range of float16.
        MissingPackageError: onnx is not installed.
    """
    onnx: Any = require("onnx", INSTALL)
    model = onnx.load_model_from_string(content)
    _Conversion(onnx, model.graph).run()
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


class _Conversion:
    """The conversion of one graph.

    Args:
        onnx: The module `onnx`.
        graph: The graph, which `run` changes.
    """

    def __init__(self, onnx: Any, graph: Any) -> None:
        self._onnx = onnx
        self._graph = graph
        self._weights: Mapping[str, Any] = {each.name: each for each in graph.initializer}
        self._kept = _last_results(graph, self._weights)
        self._single: set[str] = set()
        self._half: set[str] = set()
        self._nodes: list[Any] = []
        self._added: dict[str, Any] = {}

    def run(self) -> None:
        """Convert the graph."""
        graph = self._graph
        for node in graph.node:
            self._convert(node)
            self._nodes.append(node)
        used = {name for node in self._nodes for name in node.input}
        weights = [each for each in (*graph.initializer, *self._added.values()) if each.name in used]
        for field, content in (("node", self._nodes), ("initializer", weights), ("value_info", [])):
            graph.ClearField(field)
            getattr(graph, field).extend(content)

    def _convert(self, node: Any) -> None:
        """Convert the inputs of a node, and note the type of its results."""
        if node.op_type == "DequantizeLinear":
            node.input[1] = self._weight(node.input[1], np.float16)
            self._half.update(node.output)
        elif node.op_type == "QuantizeLinear":
            # Outside of float16, the scale is rounded all the same: DequantizeLinear must multiply by the same number.
            is_half = node.input[0] in self._half
            node.input[1] = self._weight(node.input[1], np.float16 if is_half else np.float32)
        elif node.output[0] in self._kept or not self._half.intersection(node.input):
            self._replace_inputs(node, self._half, self._onnx.TensorProto.FLOAT)
            self._single.update(node.output)
        else:
            for place, name in enumerate(node.input):
                if name in self._weights and self._weights[name].data_type == self._onnx.TensorProto.FLOAT:
                    node.input[place] = self._weight(name, np.float16)
            self._replace_inputs(node, self._single, self._onnx.TensorProto.FLOAT16)
            self._half.update(node.output)

    def _weight(self, name: str, dtype: type[np.floating[Any]]) -> str:
        """Return the name of a copy of a float32 weight that is rounded to float16 and stored as `dtype`."""
        numpy_helper, copy = self._onnx.numpy_helper, f"{name}_{np.dtype(dtype).name}"
        if copy not in self._added:
            with np.errstate(over="ignore"):
                rounded = numpy_helper.to_array(self._weights[name]).astype(np.float16).astype(dtype)
            if not np.isfinite(rounded).all():
                raise EngineError(
                    "the network has values beyond 65,504, which float16 cannot hold",
                    "choose the precision bf16 or fp32",
                )
            self._added[copy] = numpy_helper.from_array(rounded, copy)
        return copy

    def _replace_inputs(self, node: Any, results: set[str], type_: int) -> None:
        """Let a node take those of its inputs that are among `results` by way of a Cast to a type."""
        for place, name in enumerate(node.input):
            if name not in results:
                continue
            cast = f"{name}_{self._onnx.TensorProto.DataType.Name(type_).lower()}"
            if not any(cast in each.output for each in self._nodes):
                self._nodes.append(self._onnx.helper.make_node("Cast", [name], [cast], name=f"{cast}_Cast", to=type_))
            node.input[place] = cast


def _last_results(graph: Any, weights: Mapping[str, Any]) -> set[str]:
    """Return the names of the results that follow the logits: the softmax, and the division by the temperature."""
    producers = {name: node for node in graph.node for name in node.output}
    softmax = producers[PROBABILITIES]
    before = producers[softmax.input[0]]
    is_division = before.op_type == "Div" and before.input[1] in weights
    return {PROBABILITIES, before.output[0]} if is_division else {PROBABILITIES}
