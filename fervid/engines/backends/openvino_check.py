"""The check of OpenVINO's graph from anybody, before OpenVINO reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from xml.parsers import expat

from fervid.engines.backends.graph_limits import check_operators, check_shape
from fervid.engines.compiled import REBUILD
from fervid.errors import EngineError

LAYERS: Final = frozenset(
    [
        *("Add", "AvgPool", "Clamp", "Const", "Convert", "Convolution", "Divide", "FakeQuantize", "GroupConvolution"),
        *("MatMul", "MaxPool", "Multiply", "PReLU", "Parameter", "ReLU", "ReduceMean", "Reshape", "Result", "SoftMax"),
        "Subtract",
    ]
)
"""The layers that fervid's networks are converted to. None of them has a graph of its own, as TensorIterator has."""

_OWN: Final = re.compile(r"opset\d+")
"""The names of OpenVINO's own sets of layers."""

_DEEPEST: Final = 32
"""The largest number of elements within each other."""


def check_graph(content: bytes, path: Path) -> None:
    """Check that a graph holds no other layers than those that fervid writes.

    Args:
        content: The content of the file, XML.
        path: The file, for messages.

    Raises:
        EngineError: The file is no XML, declares a document type, or has another layer or a graph within one.
    """
    found: list[str] = []
    depth = 0

    def begin(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise EngineError(f"'{path}' has more than {_DEEPEST} elements within each other", REBUILD)
        if tag == "body" or tag.endswith("_body"):
            raise EngineError(f"'{path}' has a graph within a layer", REBUILD)
        if tag == "layer":
            version, kind = attributes.get("version", ""), attributes.get("type", "")
            found.append(kind if _OWN.fullmatch(version) else f"{version}.{kind}")

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: Any) -> None:
        raise EngineError(f"'{path}' declares a document type, which fervid does not read", REBUILD)

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begin, end, refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise EngineError(f"'{path}' is not XML ({error})", REBUILD) from error
    check_operators(path, found, LAYERS)


def check_results(model: Any, path: Path) -> None:
    """Check the shapes of all results of a graph that OpenVINO has read, before it is compiled.

    Args:
        model: OpenVINO's model.
        path: The file, for messages.

    Raises:
        EngineError: A result is too large, or its size is not known.
    """
    for layer in model.get_ops():
        for output in layer.outputs():
            sides = [None if side.is_dynamic else side.get_length() for side in output.get_partial_shape()]
            check_shape(path, layer.get_type_name(), sides)
