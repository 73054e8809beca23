"""A stand-in for TensorRT that compiles nothing and launches the made-up driver's one kernel onto the stream.

It has what `fervid.engines.backends` uses, with the signatures and failures of the real bindings, which
test_tensorrt_bindings.py examines. `missing` names what cannot be made: ``Builder``, ``Runtime`` or ``execution``.
"""

from __future__ import annotations

import ctypes
import json
from enum import Enum, IntEnum
from typing import Any

import onnx

__version__ = "10.7.0"

missing: set[str] = set()
made: list[str] = []
"""What was made on which GPU, such as ``Builder on 0``."""

_driver = ctypes.CDLL("libcuda.so.1")


class ILogger:
    INTERNAL_ERROR, ERROR, WARNING, INFO, VERBOSE = range(5)

    def log(self, severity: int, message: str) -> None: ...


class NetworkDefinitionCreationFlag(IntEnum):
    STRONGLY_TYPED = 1


class MemoryPoolType(Enum):
    WORKSPACE = 0


class BuilderFlag(Enum):
    TF32 = 0


class HardwareCompatibilityLevel(Enum):
    NONE = 0
    AMPERE_PLUS = 1


class TensorIOMode(Enum):
    INPUT = 1
    OUTPUT = 2


class DataType(Enum):
    UINT8 = 0
    FLOAT = 1


class Builder:
    def __init__(self, logger: ILogger) -> None:
        if "Builder" in missing:
            logger.log(ILogger.ERROR, "CUDA initialization failure with error: 35")
            raise TypeError("pybind11::init(): factory function returned nullptr")
        made.append(f"Builder on {_driver.bench_device()}")

    def create_network(self, flags: int) -> _Definition:
        assert flags == 1 << NetworkDefinitionCreationFlag.STRONGLY_TYPED
        return _Definition()

    def create_builder_config(self) -> _Config:
        return _Config()

    def create_optimization_profile(self) -> _Profile:
        return _Profile()

    def build_serialized_network(self, network: _Definition, config: _Config) -> bytes | None:
        (profile,) = config.profiles
        facts = {**network.facts, "profile": profile.shapes, "gpu": _driver.bench_device()}
        return json.dumps(facts).encode()


class _Definition:
    facts: dict[str, Any]

    def get_input(self, index: int) -> Any:
        return type("Tensor", (), {"name": "crops", "shape": (-1, *self.facts["crop"])}) if index == 0 else None


class OnnxParser:
    def __init__(self, network: _Definition, logger: ILogger) -> None:
        self._network = network

    def parse(self, content: bytes) -> bool:
        graph = onnx.load_from_string(content).graph
        shapes = [
            [size.dim_value for size in each.type.tensor_type.shape.dim] for each in (*graph.input, *graph.output)
        ]
        self._network.facts = {"crop": shapes[0][1:], "classes": shapes[1][1]}
        return True


class _Config:
    def __init__(self) -> None:
        self.profiles: list[_Profile] = []
        self.hardware_compatibility_level = HardwareCompatibilityLevel.NONE

    def set_memory_pool_limit(self, pool: MemoryPoolType, size: int) -> None: ...

    def clear_flag(self, flag: BuilderFlag) -> None: ...

    def add_optimization_profile(self, profile: _Profile) -> int:
        self.profiles.append(profile)
        return 0

    def create_timing_cache(self, content: bytes) -> Any:
        return type("TimingCache", (), {"serialize": lambda self: content or b"timings"})()

    def set_timing_cache(self, timings: Any, ignore_mismatch: bool) -> bool:
        return True


class _Profile:
    def set_shape(self, name: str, least: Any, best: Any, most: Any) -> None:
        self.shapes = [list(shape) for shape in (least, best, most)]


class Runtime:
    def __init__(self, logger: ILogger) -> None:
        if "Runtime" in missing:
            raise TypeError("pybind11::init(): factory function returned nullptr")
        self._logger = logger

    def deserialize_cuda_engine(self, content: bytes) -> _Engine | None:
        facts = json.loads(content)
        if facts["gpu"] != _driver.bench_device():
            here = f"built on GPU {facts['gpu']}, but run on GPU {_driver.bench_device()}"
            self._logger.log(ILogger.ERROR, f"the engine was {here}")
            return None
        made.append(f"Engine on {_driver.bench_device()}")
        return _Engine(facts, self._logger)


class _Engine:
    num_io_tensors = 2

    def __init__(self, facts: dict[str, Any], logger: ILogger) -> None:
        self.facts = facts
        self.logger = logger

    def get_tensor_name(self, index: int) -> str:
        return ("crops", "probabilities")[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return TensorIOMode.INPUT if name == "crops" else TensorIOMode.OUTPUT

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return (-1, *self.facts["crop"]) if name == "crops" else (-1, self.facts["classes"])

    def get_tensor_dtype(self, name: str) -> DataType:
        return DataType.UINT8 if name == "crops" else DataType.FLOAT

    def get_tensor_profile_shape(self, name: str, profile: int) -> list[tuple[int, ...]]:
        return [tuple(shape) for shape in self.facts["profile"]]

    def create_execution_context(self) -> _Execution | None:
        return None if "execution" in missing else _Execution(self)


class _Execution:
    """An execution context, which holds memory on the GPU for as long as it lives, as TensorRT's does."""

    def __init__(self, engine: _Engine) -> None:
        self._memory = ctypes.c_void_p()
        if _driver.cuMemAlloc_v2(ctypes.byref(self._memory), ctypes.c_size_t(1 << 20)):
            raise RuntimeError("out of memory")
        self._engine = engine
        self._shape: tuple[int, ...] = ()
        self._addresses: dict[str, int] = {}

    def __del__(self) -> None:
        if self._memory:
            _driver.cuMemFree_v2(self._memory)

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        least, _, most = (each[0] for each in self._engine.facts["profile"])
        self._shape = shape
        return bool(name == "crops" and least <= shape[0] <= most)

    def set_tensor_address(self, name: str, address: int) -> bool:
        self._addresses[name] = address
        return True

    def execute_async_v3(self, stream: int) -> bool:
        crops, rows = (ctypes.c_void_p(self._addresses[name]) for name in ("crops", "probabilities"))
        count, *crop = self._shape
        size, classes = crop[0] * crop[1] * crop[2], self._engine.facts["classes"]
        error = _driver.bench_launch(ctypes.c_void_p(stream), crops, rows, count, size, classes)
        if error:
            text = ctypes.c_char_p()
            _driver.cuGetErrorString(error, ctypes.byref(text))
            self._engine.logger.log(ILogger.ERROR, f"Cuda Runtime ({(text.value or b'').decode()})")
        return not error
