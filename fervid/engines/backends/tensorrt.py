"""TensorRT and TensorRT for RTX, the fastest backends on NVIDIA GPUs.

They need ``fervid[tensorrt]`` and ``fervid[tensorrt-rtx]`` respectively.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import Self, override

from fervid.core.packages import require
from fervid.engines import build_cache
from fervid.engines.backends import Plan, cuda
from fervid.engines.backends.rtx_kernels import Kernels
from fervid.engines.backends.tensorrt_log import messages
from fervid.engines.base import Engine
from fervid.engines.compiled import Batch, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from torch import nn

AMPERE_PLUS: Final = "8.0+"
"""The one target of TensorRT besides the GPU of this machine: every GPU of compute capability 8.0 or higher."""

_FILE: Final = "model.engine"
_WORKSPACE: Final = 1 << 30
"""Bytes of memory that a layer may use for intermediate results; fervid's networks need far less."""


class TensorRT:
    """TensorRT, which selects kernels by timing them on the GPU; see `fervid.engines.backends.Backend`."""

    name = "tensorrt"
    precisions = ("fp32", "fp16", "bf16", "int8")
    is_native = True
    _module = "tensorrt"

    def __init__(self, gpu: int = 0) -> None:
        self.gpu = gpu

    def on(self, gpu: int) -> Self:
        """Return TensorRT on the GPU of that number."""
        return self if gpu == self.gpu else type(self)(gpu)

    def version(self) -> str:
        """Return a version such as ``11.4.0.106``."""
        return str(self._package().__version__)

    def default_precision(self) -> str:
        """Return fp16, for which every GPU that TensorRT supports has fast instructions."""
        return "fp16"

    def check(self) -> None:
        """Check for the GPU, its driver, TensorRT and PyCUDA."""
        cuda.capability(self.gpu)
        self._package()
        cuda.driver(self._install)

    def mismatch(self, compiled: Compiled) -> str:
        """Report another version of TensorRT or another GPU."""
        if compiled.version != self.version():
            return f"was built with {self.name} {compiled.version}, but {self.version()} is installed"
        here = cuda.capability(self.gpu)
        if compiled.targets and not any(covers(target, here) for target in compiled.targets):
            built_for = ", ".join(compiled.targets)
            return f"was built for GPUs of compute capability {built_for}, but this machine has {here}"
        return ""

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Write TensorRT's engine file."""
        from fervid.engines.backends import tensorrt_graph

        targets = self.targets(plan.targets)
        with self._on_its_gpu():
            builder = self._builder()  # before the graph, which takes seconds: an old driver shows here
            graph = tensorrt_graph.create(manifest, network, plan.precision, plan.calibration)
            content = self.compile(graph, plan.batch, targets, builder)
        (folder / _FILE).write_bytes(content)
        return targets

    def check_files(self, folder: Path, compiled: Compiled) -> None:
        """Check the digest of TensorRT's engine file, whose content only TensorRT can read."""
        compiled.content(folder, _FILE)

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Load the network onto the GPU."""
        from fervid.engines.backends.tensorrt_engine import TensorRTEngine

        del threads
        content = compiled.content(folder, _FILE)
        pycuda = cuda.driver(self._install)
        package, path = self._package(), folder / _FILE
        return TensorRTEngine(package, pycuda, self.gpu, path, content, manifest, compiled, self._kernels(content))

    def targets(self, requested: tuple[str, ...]) -> tuple[str, ...]:
        """Return the compute capabilities to compile for.

        Args:
            requested: Compute capabilities that the user asks for; empty for the GPU of this machine.

        Raises:
            UsageError: TensorRT cannot compile for the requested compute capabilities on this machine.
            DeviceError: TensorRT needs a GPU to compile, and there is none.
        """
        here = cuda.capability(self.gpu)
        if requested not in ((), (here,), (AMPERE_PLUS,)):
            raise UsageError(
                f"{self.name} can compile for this GPU ({here}) or for {AMPERE_PLUS}, not for {', '.join(requested)}",
                'build on such a GPU, or use backend="tensorrt-rtx"',
            )
        return requested or (here,)

    def compile(self, content: bytes, batch: Batch, targets: tuple[str, ...], builder: Any = None) -> bytes:
        """Compile an ONNX model, which is computed in the types that it declares.

        Args:
            content: ONNX model with one input whose first dimension is dynamic.
            batch: Batch sizes to compile for.
            targets: Compute capabilities that `targets` returned.
            builder: TensorRT's builder; None for a new one.

        Returns:
            The content of TensorRT's engine file.

        Raises:
            EngineError: TensorRT cannot compile the model.
            MissingPackageError: TensorRT is not installed.
        """
        package, log = self._package(), messages(self._package())
        remedy = "choose another precision, target or backend"
        builder = builder or self._builder()
        # TensorRT 10 takes the types from the model only with this flag; TensorRT 11 always does.
        flags = package.NetworkDefinitionCreationFlag.__members__
        network = builder.create_network(1 << int(flags["STRONGLY_TYPED"]) if "STRONGLY_TYPED" in flags else 0)
        parser = package.OnnxParser(network, log.logger)
        log.make(f"{self.name} cannot read the network", remedy, parser.parse, content)
        config = builder.create_builder_config()
        config.set_memory_pool_limit(package.MemoryPoolType.WORKSPACE, _WORKSPACE)
        config.clear_flag(package.BuilderFlag.TF32)  # TF32 would round what fp32 is meant to keep
        crops = log.make(f"{self.name} finds no input of the network", remedy, network.get_input, 0)
        profile, shape = builder.create_optimization_profile(), tuple(crops.shape)[1:]
        profile.set_shape(crops.name, *((count, *shape) for count in (batch.least, batch.best, batch.most)))
        config.add_optimization_profile(profile)
        self._aim(config, targets)
        with self._timings(config):
            built = log.make(
                f"{self.name} cannot compile the network", remedy, builder.build_serialized_network, network, config
            )
        return bytes(built)

    def _builder(self) -> Any:
        package, log = self._package(), messages(self._package())
        return log.make(f"{self.name} cannot start", "update NVIDIA's driver", package.Builder, log.logger)

    def _on_its_gpu(self) -> AbstractContextManager[None]:
        """Return a context in which TensorRT times kernels on the GPU that will run them."""
        return cuda.chosen(self.gpu)

    def _aim(self, config: Any, targets: tuple[str, ...]) -> None:
        if targets == (AMPERE_PLUS,):
            config.hardware_compatibility_level = self._package().HardwareCompatibilityLevel.AMPERE_PLUS

    @contextmanager
    def _timings(self, config: Any) -> Iterator[None]:
        """Reuse the kernel timings of earlier builds on such a GPU within the block, and save the new ones."""
        name = f"timing-{self.name}-{self.version()}-{cuda.file_name(self.gpu)}.cache"
        before = build_cache.read_file(name)
        timings = config.create_timing_cache(before)
        if not timings or not config.set_timing_cache(timings, False):
            timings = config.create_timing_cache(b"")  # the saved timings are damaged, or of another GPU
            config.set_timing_cache(timings, False)
        yield
        after = bytes(timings.serialize())
        if after != before:
            build_cache.keep_file(name, after)

    def _kernels(self, content: bytes) -> Kernels | None:
        """Return the kernels that are compiled where a network runs; None if all of them are in the engine's file."""
        del content
        return None

    @property
    def _install(self) -> str:
        return f"fervid[{extra(self.name)}]"

    def _package(self) -> Any:
        return require(self._module, self._install)


class TensorRTForRTX(TensorRT):
    """TensorRT for RTX, which compiles for any GPU it supports, without having one, and selects kernels at run time."""

    name = "tensorrt-rtx"
    _module = "tensorrt_rtx"

    @override
    def check(self) -> None:
        """Check for a GPU that it supports, its driver, TensorRT for RTX and PyCUDA."""
        super().check()
        here = cuda.capability(self.gpu)
        if here not in self._supported():
            supported = ", ".join(self._supported())
            raise DeviceError(
                f"{self.name} supports GPUs of compute capability {supported}, but this machine has {here}",
                'use backend="tensorrt"',
            )

    @override
    def targets(self, requested: tuple[str, ...]) -> tuple[str, ...]:
        """Return the compute capabilities to compile for.

        Without a request, these are that of this machine's GPU, or all from 8.0 on if there is no supported GPU. 7.5 is
        only compiled for on request, because it supports only fp16 and int8.

        Args:
            requested: Compute capabilities that the user asks for; may be empty.

        Raises:
            UsageError: A requested compute capability is not supported.
        """
        supported = self._supported()
        if unknown := [target for target in requested if target not in supported]:
            raise UsageError(
                f"{self.name} does not support the compute capability {unknown[0]!r}",
                f"choose from {', '.join(supported)}",
            )
        if requested:
            return tuple(dict.fromkeys(requested))
        try:
            here = cuda.capability(self.gpu)
        except DeviceError:
            here = ""
        return (here,) if here in supported else tuple(target for target in supported if covers(AMPERE_PLUS, target))

    @override
    def _on_its_gpu(self) -> AbstractContextManager[None]:
        """Return a context that does nothing, because TensorRT for RTX compiles without a GPU."""
        return nullcontext()

    @override
    def _aim(self, config: Any, targets: tuple[str, ...]) -> None:
        supported = self._supported()
        config.num_compute_capabilities = len(targets)
        for index, target in enumerate(targets):
            config.set_compute_capability(supported[target], index)

    @override
    @contextmanager
    def _timings(self, config: Any) -> Iterator[None]:
        """Do nothing, because TensorRT for RTX times no kernels when it compiles."""
        yield

    @override
    def _kernels(self, content: bytes) -> Kernels:
        return Kernels(self._package(), content, cuda.file_name(self.gpu))

    def _supported(self) -> dict[str, Any]:
        """Return its constants by compute capability: ``SM86`` is 8.6, ``SM120`` is 12.0."""
        members = self._package().ComputeCapability.__members__
        return {f"{name[2:-1]}.{name[-1]}": value for name, value in members.items() if name.startswith("SM")}


TENSORRT: Final = TensorRT()
TENSORRT_RTX: Final = TensorRTForRTX()


def extra(name: str) -> str:
    """Return the extra of fervid that brings a backend's package for the CUDA version of the driver."""
    return f"{name}-cu12" if cuda.supported_version()[0] == 12 else name


def covers(target: str, here: str) -> bool:
    """Tell whether a network built for `target` runs on a GPU of compute capability `here`."""
    if target == AMPERE_PLUS:
        return int(here.split(".", maxsplit=1)[0]) >= 8
    return target == here
