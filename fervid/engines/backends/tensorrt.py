"""TensorRT and TensorRT for RTX: the fast way on NVIDIA's GPUs; ``fervid[tensorrt]`` and ``fervid[tensorrt-rtx]``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from fervid.core.files import make_folder, write_bytes
from fervid.core.packages import require
from fervid.engines import build_cache
from fervid.engines.backends import Plan, cuda
from fervid.engines.backends.tensorrt_log import messages
from fervid.engines.base import Engine
from fervid.engines.compiled import Batch, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import DeviceError, OutputError, UsageError

if TYPE_CHECKING:
    from torch import nn

AMPERE_PLUS: Final = "8.0+"
"""The one target of TensorRT beside the GPU at hand: every GPU from compute capability 8.0 on."""

_FILE: Final = "model.engine"
_WORKSPACE: Final = 1 << 30
"""Bytes that a layer may take for intermediate results; fervid's networks need far less."""

_log = logging.getLogger(__name__)


class TensorRT:
    """TensorRT, which chooses kernels by timing them on the GPU at hand; see `fervid.engines.backends.Backend`."""

    name = "tensorrt"
    precisions = ("fp32", "fp16", "bf16", "int8")
    _module = "tensorrt"

    def version(self) -> str:
        """As ``11.4.0.106``."""
        return str(self._package().__version__)

    def precision(self) -> str:
        """fp16, for which every GPU that TensorRT knows has fast instructions."""
        return "fp16"

    def check(self) -> None:
        """Whether there are a GPU, its driver, TensorRT and PyCUDA."""
        cuda.capabilities()
        self._package()
        cuda.driver(self._install)

    def misfit(self, compiled: Compiled) -> str:
        """Another version, or another GPU."""
        if compiled.version != self.version():
            return f"was built with {self.name} {compiled.version}, here is {self.version()}"
        here = cuda.capabilities()[0]
        if compiled.targets and not any(covers(target, here) for target in compiled.targets):
            return f"was built for GPUs of compute capability {', '.join(compiled.targets)}, here is {here}"
        return ""

    def build(self, manifest: Manifest, network: nn.Module, plan: Plan, folder: Path) -> tuple[str, ...]:
        """Write TensorRT's engine file."""
        targets = self.targets(plan.targets)
        content = self.compile(_graph(manifest, network, plan), plan.batch, targets)
        (folder / _FILE).write_bytes(content)
        return targets

    def load(self, folder: Path, manifest: Manifest, compiled: Compiled, threads: int) -> Engine:
        """Put the network on the GPU."""
        from fervid.engines.backends.tensorrt_engine import TensorRTEngine

        del threads
        content = compiled.content(folder, _FILE)
        pycuda = cuda.driver(self._install)
        return TensorRTEngine(self._package(), pycuda, folder / _FILE, content, manifest, compiled)

    def targets(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """The compute capabilities to compile for.

        Raises:
            UsageError: Those that were asked for are not among those it can compile for here.
            DeviceError: It takes a GPU, and there is none.
        """
        here = cuda.capabilities()[0]
        if asked not in ((), (here,), (AMPERE_PLUS,)):
            raise UsageError(
                f"{self.name} compiles for the GPU at hand, {here}, or for {AMPERE_PLUS}, not for {', '.join(asked)}",
                "build on such a GPU, or take the backend tensorrt-rtx",
            )
        return asked or (here,)

    def compile(self, content: bytes, batch: Batch, targets: tuple[str, ...]) -> bytes:
        """Compile an ONNX file; the types in it are those that are computed in.

        Args:
            content: Of the file, with one input whose first dimension is dynamic.
            batch: How many pictures at a time.
            targets: As by `targets`.

        Returns:
            The content of TensorRT's engine file.

        Raises:
            EngineError: TensorRT does not take it.
            MissingPackageError: TensorRT is not installed.
        """
        package, heard = self._package(), messages(self._package())
        remedy = "choose another precision, target or backend"
        builder = heard.make(f"{self.name} does not start", "update NVIDIA's driver", package.Builder, heard.logger)
        # TensorRT 10 takes an engine's types from the graph if it is told so; 11 knows no other way.
        flags = package.NetworkDefinitionCreationFlag.__members__
        network = builder.create_network(1 << int(flags["STRONGLY_TYPED"]) if "STRONGLY_TYPED" in flags else 0)
        parser = package.OnnxParser(network, heard.logger)
        heard.make(f"{self.name} cannot read the network", remedy, parser.parse, content)
        config = builder.create_builder_config()
        config.set_memory_pool_limit(package.MemoryPoolType.WORKSPACE, _WORKSPACE)
        config.clear_flag(package.BuilderFlag.TF32)  # which would round what fp32 is to keep
        crops = heard.make(f"{self.name} sees no input of the network", remedy, network.get_input, 0)
        profile, shape = builder.create_optimization_profile(), tuple(crops.shape)[1:]
        profile.set_shape(crops.name, *((count, *shape) for count in (batch.least, batch.best, batch.most)))
        config.add_optimization_profile(profile)
        self._aim(config, targets)
        with self._timings(config):
            built = heard.make(
                f"{self.name} cannot compile the network", remedy, builder.build_serialized_network, network, config
            )
        return bytes(built)

    def _aim(self, config: Any, targets: tuple[str, ...]) -> None:
        if targets == (AMPERE_PLUS,):
            config.hardware_compatibility_level = self._package().HardwareCompatibilityLevel.AMPERE_PLUS

    @contextmanager
    def _timings(self, config: Any) -> Iterator[None]:
        """Spare the block the timing of kernels that an earlier build timed, and keep what it times."""
        path = build_cache.root() / f"timing-{self.name}-{self.version()}.cache"
        before = path.read_bytes() if path.is_file() else b""
        timings = config.create_timing_cache(before)
        if not timings or not config.set_timing_cache(timings, False):
            timings = config.create_timing_cache(b"")  # what was there is damaged, or of another GPU
            config.set_timing_cache(timings, False)
        yield
        after = bytes(timings.serialize())
        if after != before:
            try:
                make_folder(path.parent)
                write_bytes(path, after)
            except OutputError as error:
                _log.warning("%s", error)

    @property
    def _install(self) -> str:
        return f"fervid[{self.name}]"

    def _package(self) -> Any:
        return require(self._module, self._install)


class TensorRTForRTX(TensorRT):
    """TensorRT for RTX, which compiles without a GPU, for any of those it knows, and chooses kernels when it runs."""

    name = "tensorrt-rtx"
    _module = "tensorrt_rtx"

    @override
    def check(self) -> None:
        """Whether there are a GPU that it knows, its driver, TensorRT for RTX and PyCUDA."""
        super().check()
        here = cuda.capabilities()[0]
        if here not in self._known():
            known = ", ".join(self._known())
            raise DeviceError(
                f"{self.name} knows GPUs of compute capability {known}, here is {here}", "use the backend tensorrt"
            )

    @override
    def targets(self, asked: tuple[str, ...]) -> tuple[str, ...]:
        """The compute capabilities to compile for; where nothing is asked for, the GPU at hand, or all from 8.0 on.

        7.5 must be asked for: nothing but fp16 can be compiled for it.

        Raises:
            UsageError: One that was asked for is unknown.
        """
        known = self._known()
        if unknown := [target for target in asked if target not in known]:
            raise UsageError(
                f"{self.name} knows no compute capability {unknown[0]}", f"choose among {', '.join(known)}"
            )
        if asked:
            return tuple(dict.fromkeys(asked))
        try:
            here = cuda.capabilities()[0]
        except DeviceError:
            here = ""
        return (here,) if here in known else tuple(target for target in known if covers(AMPERE_PLUS, target))

    @override
    def _aim(self, config: Any, targets: tuple[str, ...]) -> None:
        known = self._known()
        config.num_compute_capabilities = len(targets)
        for place, target in enumerate(targets):
            config.set_compute_capability(known[target], place)

    @override
    @contextmanager
    def _timings(self, config: Any) -> Iterator[None]:
        """Nothing: it times no kernels when it builds."""
        yield

    def _known(self) -> dict[str, Any]:
        """What it can compile for, by compute capability: ``SM86`` is 8.6, ``SM120`` is 12.0."""
        members = self._package().ComputeCapability.__members__
        return {f"{name[2:-1]}.{name[-1]}": value for name, value in members.items() if name.startswith("SM")}


TENSORRT: Final = TensorRT()
TENSORRT_RTX: Final = TensorRTForRTX()


def covers(target: str, here: str) -> bool:
    """Whether what was built for `target` runs on a GPU of compute capability `here`."""
    if target == AMPERE_PLUS:
        return int(here.split(".", maxsplit=1)[0]) >= 8
    return target == here


def _graph(manifest: Manifest, network: nn.Module, plan: Plan) -> bytes:
    """The ONNX file of a network, in the types of the plan's precision."""
    import torch

    from fervid.engines.backends import onnx_graph

    if plan.calibration is not None:
        from fervid.engines.backends.quantise import quantised

        return quantised(onnx_graph.end_to_end_graph(manifest, network), plan.calibration, only_inputs=True)
    dtypes = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
    return onnx_graph.end_to_end_graph(manifest, network, dtypes[plan.precision])
