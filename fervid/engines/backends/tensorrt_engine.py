"""The engine for networks compiled by TensorRT or TensorRT for RTX, with PyCUDA for the memory of the GPU."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

from fervid.engines.backends import cuda, rtx_kernels
from fervid.engines.backends.cuda_pipeline import CudaPipeline
from fervid.engines.backends.rtx_kernels import Kernels
from fervid.engines.backends.tensorrt_log import messages
from fervid.engines.base import CheckedEngine
from fervid.engines.compiled import COMPILED, REBUILD, Batch, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

_REMEDY: Final = 'free some memory of the GPU and try again, or use backend="pytorch"'


class TensorRTEngine(CheckedEngine):
    """A network on an NVIDIA GPU. Any thread may call it; calls wait for each other.

    What it holds on the GPU is freed when it is closed or no longer referred to, in any thread, or when Python exits.

    Args:
        package: The module `tensorrt` or `tensorrt_rtx`.
        pycuda: The module that `fervid.engines.backends.cuda.driver` returns.
        gpu: Number of the GPU.
        path: Path of TensorRT's engine file, for messages.
        content: Content of that file.
        manifest: Manifest of the trained engine.
        compiled: Description of the compiled engine.
        kernels: Kernels that are compiled while the network runs; None if all are in the file.

    Raises:
        EngineError: TensorRT cannot load the file, the file does not match the manifest, or the GPU fails.
    """

    def __init__(
        self,
        package: Any,
        pycuda: Any,
        gpu: int,
        path: Path,
        content: bytes,
        manifest: Manifest,
        compiled: Compiled,
        kernels: Kernels | None = None,
    ) -> None:
        where, precision = f"cuda:{gpu}", f"({compiled.precision})"
        super().__init__(manifest, compiled.batch.most, compiled.backend, f"{where} {precision}")
        self._driver = pycuda
        spec, classes = manifest.input, len(manifest.classes)
        shape = (spec.channels, spec.size, spec.size)
        try:
            self._device = f"{where} {pycuda.Device(gpu).name()} {precision}"
            self._held = _Held(pycuda, gpu)
            self._finalizer = weakref.finalize(self, self._held.free)
            with cuda.current(self._held.context):
                self._held.network = Network(package, path, content, kernels)
                self._held.network.check(shape, classes, compiled.batch)
                self._held.pipeline = CudaPipeline(pycuda, compiled.batch.most, shape, classes)
            self._try_out()
        except pycuda.Error as error:
            self.close()
            raise EngineError(f"'{path}' cannot be loaded onto {where} ({error})", _REMEDY) from error
        except BaseException:
            self.close()
            raise

    @override
    def _infer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        held = self._held
        with held.lock:
            if held.pipeline is None or held.network is None:
                raise ValueError("the engine is closed")
            try:
                with cuda.current(held.context):
                    return held.pipeline.run(parts, held.network.padded, held.network.infer)
            except self._driver.Error as error:
                held.free()
                raise EngineError(f"{self.device} failed, and the engine is closed ({error})", _REMEDY) from error
            except BaseException:
                held.free()  # the GPU may still be using the buffers
                raise

    @override
    def _release(self) -> None:
        if hasattr(self, "_finalizer"):
            self._finalizer()


class _Held:
    """The things that an engine holds on a GPU, which outlive the engine until `free` is called.

    Args:
        pycuda: The module that `fervid.engines.backends.cuda.driver` returns.
        gpu: Number of the GPU.
    """

    def __init__(self, pycuda: Any, gpu: int) -> None:
        self.lock = threading.RLock()
        self.context = cuda.primary(pycuda, gpu)
        self.network: Network | None = None
        self.pipeline: CudaPipeline | None = None
        self._driver = pycuda

    def free(self) -> None:
        """Free all of it; a second call does nothing."""
        with self.lock:
            pipeline, self.pipeline = self.pipeline, None
            network, self.network = self.network, None
            # After a failure of the GPU this fails too, and the failure has been reported already.
            with suppress(self._driver.Error):
                if network is not None:
                    with cuda.current(self.context):
                        if pipeline is not None:
                            pipeline.free()
                        network.close()


class Network:
    """TensorRT's objects for one network on the GPU. The GPU's context must be current while a method runs.

    Args:
        package: The module `tensorrt` or `tensorrt_rtx`.
        path: Path of TensorRT's engine file, for messages.
        content: Content of that file.
        kernels: Kernels that are compiled while the network runs; None if all are in the file.

    Raises:
        EngineError: TensorRT cannot load the file.
    """

    def __init__(self, package: Any, path: Path, content: bytes, kernels: Kernels | None = None) -> None:
        self._package, self._path, self._messages = package, path, messages(package)
        make, problem = self._messages.make, f"TensorRT cannot load '{path}'"
        self._runtime = make("TensorRT cannot start", "update NVIDIA's driver", package.Runtime, self._messages.logger)
        self._engine = make(problem, REBUILD, self._runtime.deserialize_cuda_engine, content)
        self._kernels, settings = kernels, []
        if kernels is not None:
            settings.append(make(problem, _REMEDY, kernels.settings, self._engine))
        self._execution = make(problem, _REMEDY, self._engine.create_execution_context, *settings)

    def check(self, shape: tuple[int, ...], classes: int, batch: Batch) -> None:
        """Check that the network reads and writes what memory is reserved for.

        Args:
            shape: Shape of a crop, (channels, size, size).
            classes: Number of probabilities for each crop.
            batch: Batch sizes that the network takes.

        Raises:
            EngineError: The inputs, outputs or batch sizes of the network differ.
        """
        engine, mode, dtype = self._engine, self._package.TensorIOMode, self._package.DataType
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        found = {engine.get_tensor_mode(name): name for name in names}
        wanted = {mode.INPUT: ((-1, *shape), dtype.UINT8), mode.OUTPUT: ((-1, classes), dtype.FLOAT)}
        actual = {
            kind: (tuple(engine.get_tensor_shape(name)), engine.get_tensor_dtype(name)) for kind, name in found.items()
        }
        if len(names) != 2 or actual != wanted:
            raise EngineError(f"'{self._path}' holds another network than its manifest", REBUILD)
        self._input, self._output, self._shape = found[mode.INPUT], found[mode.OUTPUT], shape
        least, _, most = (int(shape[0]) for shape in engine.get_tensor_profile_shape(self._input, 0))
        if (least, most) != (batch.least, batch.most):
            raise EngineError(
                f"'{self._path}' takes batches of {least} to {most} faces, but {COMPILED} says {batch.least} to "
                f"{batch.most}",
                REBUILD,
            )
        self._least, self._most = least, most

    def padded(self, count: int) -> int:
        """Return the size of batch that the network takes for `count` crops."""
        if self._kernels is None:
            return max(count, self._least)
        return rtx_kernels.padded(count, self._least, self._most)

    def infer(self, count: int, crops: int, rows: int, stream: int) -> None:
        """Start an inference and return without waiting for it.

        Args:
            count: Number of crops.
            crops: Address of the crops on the GPU.
            rows: Address on the GPU for the probabilities.
            stream: Handle of the stream to use.

        Raises:
            EngineError: TensorRT cannot start the inference.
        """
        execution, make = self._execution, self._messages.make
        for function, *arguments in (
            (execution.set_input_shape, self._input, (count, *self._shape)),
            (execution.set_tensor_address, self._input, crops),
            (execution.set_tensor_address, self._output, rows),
            (execution.execute_async_v3, stream),
        ):
            make("TensorRT cannot run the network", _REMEDY, function, *arguments)

    def close(self) -> None:
        """Free TensorRT's objects, in the order that TensorRT requires."""
        if self._kernels is not None:
            self._kernels.keep()
        self._execution = None
        self._engine = None
        self._runtime = None
