"""Emulate a GPU's arithmetic on the CPU: python benchmarks/arithmetic.py DATA [--faces N].

It prints how far TF32, fp16, bf16 and int8 move the probabilities of every shipped engine from float32's, and how many
labels change, over the first N faces of public_test in DATA. int8 is calibrated on faces of training.

A GPU's tensor cores round the operands of a product to the type and add up in float32. So the weights and inputs of all
convolutions and matrix products are rounded here. fp16 and bf16 are also the types of what lies in memory between
operators, so outputs are rounded too. int8 is the model that TensorRT compiles, which ONNX Runtime evaluates.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper
from torch import Tensor, nn

from fervid import data, engines
from fervid.data.splits import divide
from fervid.engines.backends import Calibration, tensorrt_graph
from fervid.engines.backends.end_to_end import EndToEnd
from fervid.engines.backends.onnx_graph import CROPS
from fervid.engines.backends.pytorch import read_network
from fervid.engines.measure.comparison import Comparison, compare
from fervid.evaluation import selection

FACES = 600
_BATCH = 64
_TF32_DROPPED: Final = 13
"""Bits that TF32 drops of float32's 23 bits of mantissa."""


def tf32(values: Tensor) -> Tensor:
    """Round float32 to the nearest TF32, which has the range of float32 and 10 bits of mantissa; ties to even."""
    bits = values.contiguous().view(torch.int32)
    last = (bits >> _TF32_DROPPED) & 1
    half = (1 << (_TF32_DROPPED - 1)) - 1
    return ((bits + half + last) & -(1 << _TF32_DROPPED)).view(torch.float32)


def fp16(values: Tensor) -> Tensor:
    """Round float32 to the nearest float16."""
    return values.half().float()


def bf16(values: Tensor) -> Tensor:
    """Round float32 to the nearest bfloat16."""
    return values.bfloat16().float()


ROUNDINGS: Final[dict[str, Callable[[Tensor], Tensor]]] = {"TF32": tf32, "fp16": fp16, "bf16": bf16}


def classify(folder: Path, faces: NDArray[np.uint8], precision: str = "") -> NDArray[np.float32]:
    """Return the probabilities that the engine in `folder` gives faces.

    Args:
        folder: Folder of a trained engine.
        faces: (N, channels, size, size) uint8.
        precision: One of `ROUNDINGS`; empty for float32.
    """
    module = EndToEnd(*read_network(folder))
    if precision:
        for part in module.modules():
            if isinstance(part, nn.Conv2d | nn.Linear):
                round_products(part, ROUNDINGS[precision], keep_outputs=precision == "TF32")
    with torch.inference_mode():
        return torch.cat([module(part) for part in torch.from_numpy(faces).split(_BATCH)]).numpy()


def round_products(part: nn.Conv2d | nn.Linear, rounding: Callable[[Tensor], Tensor], *, keep_outputs: bool) -> None:
    """Let a convolution or matrix product round its operands, and its outputs unless they are kept in float32."""
    part.weight.data = rounding(part.weight.data)

    def round_input(_: nn.Module, inputs: tuple[Any, ...]) -> Tensor:
        return rounding(inputs[0])

    def round_output(_: nn.Module, __: tuple[Any, ...], output: Tensor) -> Tensor:
        return rounding(output)

    part.register_forward_pre_hook(round_input)
    if not keep_outputs:
        part.register_forward_hook(round_output)


def classify_int8(folder: Path, faces: NDArray[np.uint8], calibration: Calibration) -> NDArray[np.float32]:
    """Return the probabilities that the engine in `folder` gives faces in TensorRT's int8.

    Args:
        folder: Folder of a trained engine.
        faces: (N, channels, size, size) uint8.
        calibration: Faces to calibrate on.
    """
    return evaluate(tensorrt_graph.create(*read_network(folder), "int8", calibration), faces)


def evaluate(content: bytes, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the probabilities that an ONNX model gives faces, computed in the types that it declares.

    ONNX Runtime's optimisations are off. They would replace products of int8 with float16 by others, which change more
    labels than int8 itself. QuantizeLinear gets float32, because ONNX Runtime before 1.30 truncates float16 there
    instead of rounding it.
    """
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(_exact_rounding(content), options, providers=["CPUExecutionProvider"])
    parts = [faces[at : at + _BATCH] for at in range(0, len(faces), _BATCH)]
    return np.concatenate([session.run(None, {CROPS: part})[0] for part in parts])


def _exact_rounding(content: bytes) -> bytes:
    """Convert the operands of every QuantizeLinear to float32, which holds each float16 exactly."""
    model = onnx.load_model_from_string(content)
    nodes = []
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            for at in range(2):
                operand = f"{node.name}_operand{at}"
                nodes.append(helper.make_node("Cast", [node.input[at]], [operand], operand, to=TensorProto.FLOAT))
                node.input[at] = operand
        nodes.append(node)
    model.graph.ClearField("node")
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def differences(name: str, faces: NDArray[np.uint8], calibration: Calibration | None = None) -> dict[str, Comparison]:
    """Return the differences between each precision and float32 for a shipped engine.

    Args:
        name: Name of the engine.
        faces: (N, channels, size, size) uint8.
        calibration: Faces to calibrate int8 on; None to leave int8 out.
    """
    folder = engines.resolve(name)
    exact = classify(folder, faces)
    rows = {precision: classify(folder, faces, precision) for precision in ROUNDINGS}
    if calibration is not None:
        rows["int8"] = classify_int8(folder, faces, calibration)
    return {precision: compare(exact, each) for precision, each in rows.items()}


def main() -> None:
    """Measure the shipped engines on the faces of the command line, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="labelled faces in any form that fervid data reads")
    parser.add_argument("--faces", type=int, default=FACES, metavar="N", help=f"number of faces (default: {FACES})")
    arguments = parser.parse_args()
    known = data.read_faces(arguments.data)
    faces, calibration = divide(known).public_test.images[: arguments.faces], selection.calibration(known)
    print(f"{len(faces)} faces: largest difference of a probability, labels changed")
    print("| engine | " + " | ".join([*ROUNDINGS, "int8"]) + " |\n|---|" + "---:|" * (len(ROUNDINGS) + 1))
    for name in engines.shipped():
        found = differences(name, faces, calibration)
        cells = [f"{each.largest:.5f}, {round(len(faces) * (1 - each.same))}" for each in found.values()]
        print(f"| `{name}` | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
