"""A compiled engine from anybody is checked before anything of it runs, and Ctrl-C ends what takes too long."""

from __future__ import annotations

import dataclasses
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from written_engines import write_engine

from fervid import engines, networks
from fervid.core.background import interruptible
from fervid.engines import backends, inventory
from fervid.engines.backends import Plan
from fervid.engines.base import CheckedEngine
from fervid.engines.build import build
from fervid.engines.compiled import COMPILED, digest
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

Edit = Callable[[Any], object]

QUICK = ("simple-conv", "cnn6")
"""The networks that are exported in every run of the tests."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, manifest: Manifest) -> dict[str, Path]:
    """Return a small engine that was built for ONNX Runtime and OpenVINO; no test may change it."""
    root = tmp_path_factory.mktemp("foreign")
    trained = write_engine(root / "trained", dataclasses.replace(manifest, network="simple-conv"))
    return {
        name: build(trained, backends.get(name), Plan(precision="fp32"), root / name).folder
        for name in ("onnx", "openvino")
    }


def forged(built: Path, folder: Path, name: str, content: bytes) -> Path:
    """Return a copy of an engine with another file, whose digest its author has put into the description."""
    copy = shutil.copytree(built, folder / "forged")
    (copy / name).write_bytes(content)
    description = json.loads((copy / COMPILED).read_text())
    description["files"][name] = digest(content)
    (copy / COMPILED).write_text(json.dumps(description))
    return copy


def check_refused(folder: Path, match: str) -> None:
    with pytest.raises(EngineError, match=match):
        engines.load(folder)
    (entry,) = [entry for entry in inventory.everything([folder]) if entry.kind == inventory.OWN]
    assert entry.damage, "fervid engines lists it as intact"


def counting() -> Any:
    """Return the graph of a loop that goes on for ever and returns the number of its turn."""
    return helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Identity", ["turn"], ["now"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("before", TensorProto.INT64, []),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("now", TensorProto.INT64, []),
        ],
    )


def endless(graph: Any) -> None:
    """Multiply the results by the last turn of a loop of 2 to the power of 62 turns."""
    for name, value in (("turns", np.array(2**62)), ("true", np.array(True)), ("zero", np.array(0))):
        graph.initializer.append(numpy_helper.from_array(value, name))
    result = graph.output[0].name
    graph.node.append(helper.make_node("Loop", ["turns", "true", "zero"], ["last"], body=counting()))
    graph.node.append(helper.make_node("Cast", ["last"], ["factor"], to=TensorProto.FLOAT))
    graph.node.append(helper.make_node("Mul", [result, "factor"], ["product"]))
    graph.output[0].name = "product"


def branched(graph: Any) -> None:
    node = graph.node[0]
    empty = helper.make_graph([], "body", [], [])
    node.attribute.append(helper.make_attribute("body", empty))


def foreign(graph: Any) -> None:
    graph.node[0].domain = "com.example"


def external(graph: Any) -> None:
    tensor = graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/hostname")


def headed_twice(graph: Any) -> None:
    graph.output.append(helper.make_tensor_value_info(graph.input[0].name, TensorProto.UINT8, None))


def swollen(graph: Any) -> None:
    """Add a column to a row of 100,000 values."""
    graph.initializer.append(numpy_helper.from_array(np.zeros((100_000, 1), np.float32), "column"))
    graph.initializer.append(numpy_helper.from_array(np.zeros((1, 100_000), np.float32), "row"))
    graph.node.insert(0, helper.make_node("Add", ["column", "row"], ["square"]))


def unknown(graph: Any) -> None:
    """Take the shape of a result from values that only a run would give."""
    graph.node.insert(0, helper.make_node("Cast", [graph.input[0].name], ["numbers"], to=TensorProto.INT64))
    graph.initializer.append(numpy_helper.from_array(np.zeros(2304, np.float32), "row"))
    graph.node.insert(1, helper.make_node("Reshape", ["row", "numbers"], ["anything"]))


@pytest.mark.parametrize(
    ("edit", "match"),
    [
        (endless, r"model\.onnx' has the operator Loop, which no network of fervid has"),
        (branched, r"model\.onnx' has a graph or weights within an operator"),
        (foreign, r"model\.onnx' has the operator com\.example\."),
        (external, r"model\.onnx' takes its weights from another file"),
        (headed_twice, r"model\.onnx' has 1 input and 2 outputs, not one"),
        (swollen, r"model\.onnx' has a result of Add of 100000x100000 values, more than fervid allows"),
        (unknown, r"model\.onnx' has a result|model\.onnx' has results whose shapes contradict each other"),
    ],
)
def test_an_onnx_file_with_anything_but_fervids_operators_is_refused(
    built: dict[str, Path], tmp_path: Path, edit: Edit, match: str
) -> None:
    model = onnx.load(built["onnx"] / "model.onnx")
    edit(model.graph)
    check_refused(forged(built["onnx"], tmp_path, "model.onnx", model.SerializeToString()), match)


def test_what_is_no_onnx_file_is_refused(built: dict[str, Path], tmp_path: Path) -> None:
    check_refused(forged(built["onnx"], tmp_path, "model.onnx", b"\xff no graph"), r"model\.onnx' is not an ONNX model")


def test_an_onnx_file_with_functions_is_refused(built: dict[str, Path], tmp_path: Path) -> None:
    model = onnx.load(built["onnx"] / "model.onnx")
    node = helper.make_node("Relu", ["a"], ["b"])
    model.functions.append(helper.make_function("own", "Twice", ["a"], ["b"], [node], model.opset_import))
    check_refused(forged(built["onnx"], tmp_path, "model.onnx", model.SerializeToString()), "has functions")


LAYER = b'<layer id="9001" name="x" type="%b" version="opset1">%b</layer></layers>'


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        (b"</layers>", LAYER % (b"TensorIterator", b""), "has the operator TensorIterator, which no network"),
        (b"</layers>", LAYER % (b"Result", b"<body></body>"), "has a graph within a layer"),
        (b"</layers>", LAYER % (b"Result", b"<then_body></then_body>"), "has a graph within a layer"),
        (b"</layers>", LAYER % (b"Result", b"<a>" * 50 + b"</a>" * 50), "has more than 32 elements within each other"),
        (b'version="opset1"', b'version="extension"', r"has the operator extension\."),
        (b"<net ", b'<!DOCTYPE net [<!ENTITY a "aaaaaaaaaa">]><net ', "declares a document type"),
        (b"<net ", b"<net <", r"model\.xml' is not XML"),
    ],
)
def test_openvinos_graph_with_anything_but_fervids_layers_is_refused(
    built: dict[str, Path], tmp_path: Path, old: bytes, new: bytes, match: str
) -> None:
    content = (built["openvino"] / "model.xml").read_bytes()
    assert old in content
    check_refused(forged(built["openvino"], tmp_path, "model.xml", content.replace(old, new)), match)


def test_openvinos_graph_whose_results_would_fill_the_memory_is_refused() -> None:
    import openvino
    from openvino import opset13

    from fervid.engines.backends.openvino_check import check_results

    column, row = (opset13.constant(np.zeros(shape, np.float32)) for shape in ((100_000, 1), (1, 100_000)))
    model = openvino.Model([opset13.add(column, row)], [], "square")
    with pytest.raises(EngineError, match=r"a\.xml' has a result of (Add|Result) of 100000x100000 values"):
        check_results(model, Path("a.xml"))


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in QUICK else pytest.mark.slow)
        for name in networks.NAMES
        if not name.startswith("resnet") or name == "resnet18"
    ],
)
def test_every_network_that_fervid_builds_passes_its_own_check(name: str, manifest: Manifest, tmp_path: Path) -> None:
    size = networks.size(name)
    described = dataclasses.replace(manifest, network=name, input=dataclasses.replace(manifest.input, size=size))
    network = networks.create(name, len(manifest.classes)).eval()
    from fervid.engines.backends import onnx_check, onnx_graph

    onnx_check.check_graph(onnx_graph.end_to_end_graph(described, network), tmp_path)


HANGING = """
import sys
import numpy as np, onnxruntime
from fervid.core.background import interruptible
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
print("begins", flush=True)
interruptible(lambda: session.run(None, {"turns": np.array(2**62)}))
"""


def test_ctrl_c_ends_native_code_that_never_returns(tmp_path: Path) -> None:
    graph = helper.make_graph(
        [],
        "endless",
        [helper.make_tensor_value_info("turns", TensorProto.INT64, [])],
        [helper.make_tensor_value_info("last", TensorProto.INT64, [])],
    )
    graph.initializer.append(numpy_helper.from_array(np.array(True), "true"))
    graph.initializer.append(numpy_helper.from_array(np.array(0), "zero"))
    graph.node.append(helper.make_node("Loop", ["turns", "true", "zero"], ["last"], body=counting()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, tmp_path / "endless.onnx")
    command = [sys.executable, "-c", HANGING, str(tmp_path / "endless.onnx")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "begins\n"
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            _, messages = process.communicate(timeout=20)
        finally:
            process.kill()
    assert messages.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT


@pytest.mark.parametrize("name", ["onnx", "openvino"])
def test_a_compiled_engine_is_loaded_where_ctrl_c_can_end_it(
    built: dict[str, Path], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    threads: list[str] = []
    monkeypatch.setattr(CheckedEngine, "_try_out", lambda _: threads.append(threading.current_thread().name))
    engines.load(built[name]).close()
    assert threads == ["fervid-native"]


def test_results_and_errors_come_from_the_other_thread() -> None:
    assert interruptible(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 / 0)
