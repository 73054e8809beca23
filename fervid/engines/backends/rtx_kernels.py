"""The kernels that TensorRT for RTX compiles where a network runs, and their choice."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from fervid.engines import build_cache

_NAME: Final = "kernels-{}.cache"


class Kernels:
    """The kernels for one network on one GPU, which are kept so that the next run need not compile them.

    They lie in the user's cache beside the builds, and not in the folder of the engine: they are native code, so none
    are taken from an engine that somebody else compiled.

    Args:
        package: The module `tensorrt_rtx`.
        network: Content of the engine's file.
        gpu: The GPU, in a form for names of files.
    """

    def __init__(self, package: Any, network: bytes, gpu: str) -> None:
        self._package = package
        self._file = _NAME.format(f"{package.__version__}-{gpu}-{hashlib.sha256(network).hexdigest()[:16]}")
        self._cache: Any = None
        self._before = b""

    def settings(self, engine: Any) -> Any:
        """Return the settings with which TensorRT's engine makes an execution context.

        A kernel is compiled for each size of batch when it is first seen. By default, TensorRT for RTX would begin with
        a general kernel and exchange it in the middle of a run, and the same face would get other probabilities than
        before. It captures the kernels of each size as a CUDA graph, which starts them all at once.
        """
        settings = engine.create_runtime_config()
        settings.dynamic_shapes_kernel_specialization_strategy = (
            self._package.DynamicShapesKernelSpecializationStrategy.EAGER
        )
        settings.cuda_graph_strategy = self._package.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        self._cache = settings.create_runtime_cache()
        self._before = build_cache.read_file(self._file)
        if self._before:
            self._cache.deserialize(self._before)  # it refuses what is damaged or of another driver, and stays empty
        settings.set_runtime_cache(self._cache)
        return settings

    def keep(self) -> None:
        """Keep the kernels that were compiled since they were read."""
        if self._cache is not None:
            content, self._cache = self._cache.serialize(), None
            after = b"" if content is None else bytes(content)
            if after not in (b"", self._before):
                build_cache.keep_file(self._file, after)


def padded(count: int, least: int, most: int) -> int:
    """Return the size of batch for `count` faces: the smallest of `least`, twice that, and so on up to `most`.

    So few sizes occur, for each of which kernels are compiled.
    """
    size = least
    while size < count:
        size *= 2
    return min(size, most)
