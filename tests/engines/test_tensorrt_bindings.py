"""All that fervid uses of TensorRT's Python interface exists in the real bindings and takes the arguments it gets.

The bindings load without a GPU, on top of libraries that hold nothing but the names of their functions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from support import pycuda_build
from support.pycuda_build import BINDINGS

pytestmark = pytest.mark.cuda_bench

CALLS = {
    "Builder": 1,
    "Builder.create_network": 1,
    "Builder.create_builder_config": 0,
    "Builder.create_optimization_profile": 0,
    "Builder.build_serialized_network": 2,
    "OnnxParser": 2,
    "OnnxParser.parse": 1,
    "INetworkDefinition.get_input": 1,
    "IBuilderConfig.set_memory_pool_limit": 2,
    "IBuilderConfig.clear_flag": 1,
    "IBuilderConfig.add_optimization_profile": 1,
    "IOptimizationProfile.set_shape": 4,
    "Runtime": 1,
    "Runtime.deserialize_cuda_engine": 1,
    "ICudaEngine.create_execution_context": 0,
    "ICudaEngine.get_tensor_name": 1,
    "ICudaEngine.get_tensor_mode": 1,
    "ICudaEngine.get_tensor_shape": 1,
    "ICudaEngine.get_tensor_dtype": 1,
    "ICudaEngine.get_tensor_profile_shape": 2,
    "IExecutionContext.set_input_shape": 2,
    "IExecutionContext.set_tensor_address": 2,
    "IExecutionContext.execute_async_v3": 1,
}
"""Number of arguments that fervid gives to each function."""

NAMES = (
    "ILogger.ERROR",
    "ILogger.log",
    "ITensor.name",
    "ITensor.shape",
    "ICudaEngine.num_io_tensors",
    "MemoryPoolType.WORKSPACE",
    "BuilderFlag.TF32",
    "NetworkDefinitionCreationFlag.__members__",
    "TensorIOMode.INPUT",
    "TensorIOMode.OUTPUT",
    "DataType.UINT8",
    "DataType.FLOAT",
)
"""The other names that both packages have."""

TENSORRT_CALLS = {
    "IBuilderConfig.create_timing_cache": 1,
    "IBuilderConfig.set_timing_cache": 2,
    "ITimingCache.serialize": 0,
}
TENSORRT_NAMES = ("IBuilderConfig.hardware_compatibility_level", "HardwareCompatibilityLevel.AMPERE_PLUS")

RTX_CALLS = {
    "IBuilderConfig.set_compute_capability": 2,
    "ICudaEngine.create_runtime_config": 0,
    "ICudaEngine.create_execution_context": 1,
    "IRuntimeConfig.create_runtime_cache": 0,
    "IRuntimeConfig.set_runtime_cache": 1,
    "IRuntimeCache.serialize": 0,
    "IRuntimeCache.deserialize": 1,
}
RTX_NAMES = (
    "IBuilderConfig.num_compute_capabilities",
    "ComputeCapability.SM86",
    "ComputeCapability.SM120",
    "IRuntimeConfig.dynamic_shapes_kernel_specialization_strategy",
    "IRuntimeConfig.cuda_graph_strategy",
    "DynamicShapesKernelSpecializationStrategy.EAGER",
    "CudaGraphStrategy.WHOLE_GRAPH_CAPTURE",
)

CODE = """
import importlib, json, re, sys

module = importlib.import_module(sys.argv[1])
calls, names = json.loads(sys.argv[2]), json.loads(sys.argv[3])


def found(name):
    value = module
    for part in name.split("."):
        value = getattr(value, part)
    return value


def takes(function, count):
    text = (function.__init__ if isinstance(function, type) else function).__doc__
    for arguments in re.findall(r"^(?:\\\\d+\\\\. )?\\\\w+\\\\(self: [\\\\w.]+(.*)\\\\) -> ", text, re.MULTILINE):
        every = re.findall(r", (\\\\w+): [^=]*?(=|(?=, \\\\w+:)|$)", arguments)
        if len([name for name, default in every if not default]) <= count <= len(every):
            return True
    return False


wrong = []
for name in [*calls, *names]:
    try:
        found(name)
    except AttributeError:
        wrong.append(f"{name} is missing")
    else:
        if name in calls and not takes(found(name), calls[name]):
            wrong.append(f"{name} does not take {calls[name]} arguments")
print(json.dumps({"version": module.__version__, "wrong": wrong}))
""".replace("\\\\", "\\")


# The tests on the made-up driver hide the package from this process, but not from the ones that examine it.
needs_rtx = pytest.mark.skipif(PathFinder.find_spec("tensorrt_rtx") is None, reason="it is not installed")


def examine(module: str, calls: dict[str, int], names: tuple[str, ...], path: str = "", libraries: str = "") -> object:
    """Return the version of the bindings and what is wrong with them."""
    environment = os.environ | {"PYTHONPATH": path, "LD_LIBRARY_PATH": libraries}
    arguments = [module, json.dumps(CALLS | calls), json.dumps(NAMES + names)]
    command = [sys.executable, "-W", "ignore", "-c", CODE, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("requirement", BINDINGS)
def test_tensorrt(requirement: str, tmp_path: Path) -> None:
    folder, (_, version) = pycuda_build.bindings_folder(requirement), requirement.split("==")
    pycuda_build.compile_stubs(tmp_path, version.partition(".")[0])
    found = examine("tensorrt_bindings", TENSORRT_CALLS, TENSORRT_NAMES, str(folder), str(tmp_path))
    assert found == {"version": version, "wrong": []}


@needs_rtx
def test_tensorrt_for_rtx() -> None:
    found = examine("tensorrt_rtx", RTX_CALLS, RTX_NAMES)
    assert isinstance(found, dict)
    assert found["wrong"] == []


@needs_rtx
def test_what_does_not_fit_is_found() -> None:
    found = examine("tensorrt_rtx", {"Builder.create_network": 3, "Runtime.load": 1}, ("DataType.FP128",))
    assert isinstance(found, dict)
    assert found["wrong"] == [
        "Builder.create_network does not take 3 arguments",
        "Runtime.load is missing",
        "DataType.FP128 is missing",
    ]
