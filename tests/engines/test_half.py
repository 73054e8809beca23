"""An int8 network of TensorRT computes in float16 all that is not int8, and gives the same predictions."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from benchmarks.arithmetic import evaluate
from fervid import engines, networks
from fervid.engines.backends import Calibration, half
from fervid.engines.backends.onnx_graph import end_to_end_graph
from fervid.engines.backends.pytorch import read_network
from fervid.engines.backends.quantise import quantise
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

EMOTIONNET = engines.resolve("emotionnet")
NOISE = np.random.default_rng(4).integers(0, 256, (8, 1, 48, 48), np.uint8)

Faces = NDArray[np.uint8]


@pytest.fixture(scope="module")
def single(calibration: Calibration) -> bytes:
    """Return a shipped engine in int8 and float32."""
    return quantise(end_to_end_graph(*read_network(EMOTIONNET), opset=half.OPSET), calibration, only_inputs=True)


@pytest.fixture(scope="module")
def residual() -> bytes:
    """Return an untrained network with residual connections in int8 and float32, whose temperature is 1."""
    manifest = dataclasses.replace(Manifest.load(EMOTIONNET), network="swift", temperature=1.0)
    exact = end_to_end_graph(manifest, networks.create("swift").eval(), opset=half.OPSET)
    return quantise(exact, Calibration(NOISE, "noise"), only_inputs=True)


def types(content: bytes) -> dict[str, int]:
    """Return the type of every result and weight, as ONNX infers it."""
    graph = onnx.shape_inference.infer_shapes(
        onnx.load_from_string(content), check_type=True, strict_mode=True, data_prop=True
    ).graph
    values = (*graph.input, *graph.output, *graph.value_info)
    return {each.name: each.type.tensor_type.elem_type for each in values} | {
        each.name: each.data_type for each in graph.initializer
    }


def single_results(content: bytes) -> Counter[str]:
    """Return the operators that return float32, with their numbers."""
    known = types(content)
    nodes = onnx.load_from_string(content).graph.node
    return Counter(node.op_type for node in nodes if known[node.output[0]] == TensorProto.FLOAT)


def single_weights(content: bytes) -> dict[str, int]:
    """Return the numbers of values of the weights in float32."""
    weights = onnx.load_from_string(content).graph.initializer
    return {each.name: numpy_helper.to_array(each).size for each in weights if each.data_type == TensorProto.FLOAT}


PREPROCESSING = {"Cast": 1, "Mul": 1, "Add": 1}
"""Conversion of bytes, and their normalisation."""


def test_nothing_but_preprocessing_and_softmax_is_float32(single: bytes) -> None:
    content = half.to_half(single)
    last = {"Cast": 1, "Div": 1, "Softmax": 1}
    assert single_results(content) == Counter(PREPROCESSING) + Counter(last)
    assert sorted(single_weights(content).values()) == [1] * 4  # gain, offset, the first scale, temperature
    check_products(content)


def test_nothing_but_preprocessing_and_softmax_is_float32_in_a_network_with_residuals(residual: bytes) -> None:
    content = half.to_half(residual)
    assert single_results(content) == Counter(PREPROCESSING) + Counter({"Cast": 1, "Softmax": 1})
    assert sorted(single_weights(content).values()) == [1] * 3  # the exporter leaves out a temperature of 1
    check_products(content)


def check_products(content: bytes) -> None:
    """Check that products are computed from int8 with scales in float16, and give float16."""
    known = types(content)
    for node in onnx.load_from_string(content).graph.node:
        if node.op_type in ("Conv", "Gemm"):
            assert {known[each] for each in (*node.input, *node.output)} == {TensorProto.FLOAT16}
        if node.op_type == "DequantizeLinear":
            assert [known[each] for each in node.input] == [TensorProto.INT8, TensorProto.FLOAT16, TensorProto.INT8]


def test_float32_results_are_found_where_nothing_was_converted(single: bytes) -> None:
    found = single_results(single)
    assert found["Conv"] == 3
    assert found["Gemm"] == 2
    assert found["DequantizeLinear"] > 5


def test_the_scales_are_normal_numbers_of_float16(single: bytes) -> None:
    before, after = (
        {
            each.name.removesuffix("_float16").removesuffix("_float32"): numpy_helper.to_array(each)
            for each in onnx.load_from_string(content).graph.initializer
        }
        for content in (single, half.to_half(single))
    )
    scales = [name for name in before if name.endswith("_scale")]
    assert len(scales) == 10
    for name in scales:
        assert (before[name] >= np.finfo(np.float16).smallest_normal).all()
        np.testing.assert_allclose(after[name].astype(np.float64), before[name], rtol=2**-11)


def test_a_face_is_quantised_and_dequantised_by_the_same_number(single: bytes) -> None:
    graph = onnx.load_from_string(half.to_half(single)).graph
    weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    scales: dict[str, list[float]] = {}
    for node in graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear") and weights[node.input[1]].ndim == 0:
            scales.setdefault(node.input[2], []).append(float(weights[node.input[1]]))
    assert len(scales) == 5
    for each in scales.values():
        assert len(set(each)) == 1
        assert len(each) == 2


def test_same_predictions(single: bytes, faces: Faces) -> None:
    exact = evaluate(end_to_end_graph(*read_network(EMOTIONNET)), faces)
    int8, mixed = evaluate(single, faces), evaluate(half.to_half(single), faces)
    for other, largest, changed in ((int8, 0.1, 0.02), (exact, 0.2, 0.03)):
        assert np.abs(mixed - other).max() < largest
        assert (mixed.argmax(1) != other.argmax(1)).mean() <= changed


def test_a_network_with_residuals_gives_the_same_predictions(residual: bytes) -> None:
    np.testing.assert_allclose(evaluate(half.to_half(residual), NOISE), evaluate(residual, NOISE), atol=0.02)


def test_a_weight_that_float16_cannot_hold_is_an_error(single: bytes) -> None:
    model = onnx.load_from_string(single)
    dividers = {node.input[1] for node in model.graph.node if node.op_type == "DequantizeLinear"}
    scale = next(each for each in model.graph.initializer if each.name in dividers)
    scale.CopyFrom(numpy_helper.from_array(np.full_like(numpy_helper.to_array(scale), 1e5), scale.name))
    with pytest.raises(
        EngineError, match="beyond 65,504, which float16 cannot hold; choose the precision bf16 or fp32"
    ):
        half.to_half(model.SerializeToString())


def test_a_result_that_both_types_take_is_converted_once(single: bytes) -> None:
    """A network that takes the normalised face twice without quantisation takes one conversion of it."""
    quantised = onnx.load_from_string(single)
    graph = quantised.graph
    first = next(node for node in graph.node if node.op_type == "QuantizeLinear")
    conv = next(node for node in graph.node if node.op_type == "Conv")
    at = list(graph.node).index(conv) + 1
    for node in graph.node:
        node.input[:] = ["sum1" if each == conv.output[0] else each for each in node.input]
    for turn, before in enumerate([conv.output[0], "sum0"]):
        node = onnx.helper.make_node("Add", [before, first.input[0]], [f"sum{turn}"], name=f"sum{turn}")
        graph.node.insert(at + turn, node)
    content = half.to_half(quantised.SerializeToString())
    known = types(content)
    assert known["sum1"] == TensorProto.FLOAT16
    casts = [node.op_type for node in onnx.load_from_string(content).graph.node].count("Cast")
    assert casts == 3  # of the bytes, of the normalised face, of the logits
    np.testing.assert_allclose(evaluate(content, NOISE), evaluate(quantised.SerializeToString(), NOISE), atol=0.02)
