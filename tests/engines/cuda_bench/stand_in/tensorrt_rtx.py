"""A stand-in for TensorRT for RTX: the stand-in for TensorRT, which compiles a kernel when it sees a size of batch.

It captures a CUDA graph for each size of batch and set of buffers. Whether the real one distinguishes buffers is not
known; this is what costs most.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

import tensorrt
from tensorrt import *  # noqa: F403 - all but the classes below is the same

__version__ = "1.7.1"


class ComputeCapability(Enum):
    SM75 = 0
    SM85 = 1
    SM86 = 2
    SM120 = 3


class DynamicShapesKernelSpecializationStrategy(Enum):
    LAZY = 0
    EAGER = 1


class CudaGraphStrategy(Enum):
    DISABLED = 0
    WHOLE_GRAPH_CAPTURE = 1


class Builder(tensorrt.Builder):
    def create_builder_config(self) -> _Config:
        return _Config()


class _Config(tensorrt._Config):
    num_compute_capabilities = 0

    def set_compute_capability(self, capability: ComputeCapability, index: int) -> bool:
        return index < self.num_compute_capabilities


class Runtime(tensorrt.Runtime):
    def deserialize_cuda_engine(self, content: bytes) -> _Engine | None:
        facts = json.loads(content) | {"gpu": tensorrt._driver.bench_device()}  # it is for any GPU
        plain = super().deserialize_cuda_engine(json.dumps(facts).encode())
        return plain and _Engine(plain.facts, plain.logger)


class _RuntimeCache:
    def __init__(self) -> None:
        self.sizes: set[int] = set()

    def serialize(self) -> bytes:
        return json.dumps(sorted(self.sizes)).encode()

    def deserialize(self, content: bytes) -> bool:
        try:
            self.sizes = set(json.loads(content))
        except ValueError:
            return False
        return True


class _RuntimeConfig:
    dynamic_shapes_kernel_specialization_strategy = DynamicShapesKernelSpecializationStrategy.LAZY
    cuda_graph_strategy = CudaGraphStrategy.DISABLED
    cache: _RuntimeCache | None = None

    def create_runtime_cache(self) -> _RuntimeCache:
        return _RuntimeCache()

    def set_runtime_cache(self, cache: _RuntimeCache) -> bool:
        self.cache = cache
        return True


class _Engine(tensorrt._Engine):
    def create_runtime_config(self) -> _RuntimeConfig:
        return _RuntimeConfig()

    def create_execution_context(self, config: _RuntimeConfig) -> Any:
        if "execution" in tensorrt.missing:
            return None
        strategies = config.dynamic_shapes_kernel_specialization_strategy, config.cuda_graph_strategy
        tensorrt.made.append(", ".join(strategy.name for strategy in strategies))
        context = _Execution(self)
        context.cache = config.cache or _RuntimeCache()
        context.graphs = set()
        return context


class _Execution(tensorrt._Execution):
    cache: _RuntimeCache
    graphs: set[tuple[int, ...]]

    def execute_async_v3(self, stream: int) -> bool:
        assert stream, "CUDA cannot capture its default stream"
        size = self._shape[0]
        if size not in self.cache.sizes:
            tensorrt.made.append(f"kernels for {size}")
            self.cache.sizes.add(size)
        graph = size, *self._addresses.values()
        if graph not in self.graphs:
            tensorrt.made.append(f"graph for {size}")
            self.graphs.add(graph)
        return bool(super().execute_async_v3(stream))
