"""PyTorch on a CPU or an NVIDIA GPU, the backend that runs everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from typing_extensions import Self, override

from fervid import networks
from fervid.core.process_settings import ProcessSetting
from fervid.engines import weights
from fervid.engines.backends import DEVICES, gpu_index, is_device
from fervid.engines.backends.end_to_end import EndToEnd
from fervid.engines.base import CheckedEngine, reason
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import DeviceError, EngineError, UsageError

_MAX_BATCH: Final = 128
"""Largest batch that the network gets."""

GPU_REMEDY: Final = 'free some memory of the GPU and try again, or use device="cpu"'
"""The remedy where an engine fails on a GPU."""

_DTYPES: Final = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


class PyTorchEngine(CheckedEngine):
    """A network that PyTorch runs.

    Args:
        manifest: Manifest of the trained engine.
        network: Network that maps (N, channels, size, size) normalised floats to (N, classes) logits. The engine takes
            it over and changes its dtype and memory layout.
        device: Device to run on.
        dtype: Type to compute in. None selects float16 on a GPU, bfloat16 on a CPU that has instructions for it, and
            float32 otherwise.
        threads: Number of CPU threads. torch's threads spin while they wait for each other, so more than one makes a
            small batch many times slower while decoding and detection keep the cores busy (docs/engines.md).

    Raises:
        EngineError: The network does not run on images of the manifest's size, its probabilities are not finite, or the
            GPU cannot run it.
    """

    def __init__(
        self,
        manifest: Manifest,
        network: nn.Module,
        device: torch.device,
        *,
        dtype: torch.dtype | None = None,
        threads: int = 1,
    ) -> None:
        dtype = dtype or _fastest(device)
        super().__init__(manifest, _MAX_BATCH, "pytorch", title_of(device, dtype))
        if device.type == "cuda":
            self._remedy = GPU_REMEDY
        self._torch_device = device
        self._threads = threads
        module = EndToEnd(manifest, network, dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        try:
            with loading(device, self.device):
                self._module: nn.Module = module.to(device)
                self._try_out()
        except RuntimeError as error:
            size = manifest.input.size
            raise EngineError(
                f"the network {manifest.network!r} does not run on images of {size}x{size}, the size in the "
                f"manifest of '{manifest.name}' ({reason(error)})",
                "restore both files of the engine, or export it again",
            ) from error

    @classmethod
    def load(cls, folder: Path, device: str = "auto", *, precision: str = "auto", threads: int = 1) -> Self:
        """Load a trained engine.

        Args:
            folder: Folder with ``manifest.json`` and ``weights.safetensors``.
            device: ``auto``, ``cpu`` or ``cuda``.
            precision: ``fp32``, ``bf16``, ``fp16`` (only on a GPU), or ``auto`` for the default of the class.
            threads: Number of CPU threads, as for the class.

        Raises:
            UsageError: The device does not support the precision.
            EngineError: The files are missing or damaged, or do not match.
            DeviceError: The device is not available.
        """
        where = choose_device(device)
        if precision not in ("auto", *_DTYPES) or (precision == "fp16" and where.type == "cpu"):
            raise UsageError(
                f"pytorch does not support the precision {precision} on {where.type}", "choose fp32 or bf16"
            )
        manifest, network = read_network(folder)
        return cls(manifest, network, where, dtype=_DTYPES.get(precision), threads=threads)

    @override
    def _infer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        with torch.inference_mode(), on_threads(self._threads), full_precision():
            return [self._probabilities(part) for part in parts]

    @override
    def _release(self) -> None:
        del self._module

    def _probabilities(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        crops = torch.from_numpy(np.require(part, requirements=["W"]))  # torch warns about read-only memory
        rows: Tensor = self._module(crops.to(self._torch_device).to(memory_format=torch.channels_last))
        return rows.cpu().numpy()


def read_network(folder: Path) -> tuple[Manifest, nn.Module]:
    """Read the manifest and the network of the trained engine in `folder`.

    Returns:
        The manifest, and the network with its weights, in float32 on the CPU.

    Raises:
        EngineError: The files are missing or damaged, or do not match.
    """
    manifest = Manifest.load(folder)
    tensors = weights.read(folder / WEIGHTS, manifest.sha256)
    try:
        network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    except EngineError as error:
        raise EngineError(f"'{folder / MANIFEST}': {error.problem}", error.remedy) from error
    weights.fit(network, tensors, folder / WEIGHTS, f"restore both files of '{manifest.name}'")
    return manifest, network


def choose_device(name: str) -> torch.device:
    """Return the torch device of that name.

    Args:
        name: ``cpu``, ``cuda`` for torch's current GPU, ``cuda:1`` for the second one, or ``auto`` for cuda if torch
            finds a GPU, else cpu.

    Raises:
        DeviceError: There is no such device on this machine.
    """
    if name != "auto" and not is_device(name):
        raise DeviceError(f"there is no device {name!r}", f"choose one of auto, {', '.join(DEVICES)}")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        problem = "torch finds no GPU" if torch.version.cuda else "this build of torch supports only the CPU"
        raise DeviceError(
            f"the device cuda is not available ({problem})",
            'use device="cpu", or install NVIDIA\'s driver and a CUDA build of torch (pytorch.org/get-started)',
        )
    try:
        device = torch.device("cuda", gpu_index(name) if ":" in name else torch.cuda.current_device())
        torch.cuda.get_device_name(device)
    except (RuntimeError, AssertionError) as error:  # the latter for a number that is too high
        raise DeviceError(
            f"the device {name} is not available ({reason(error)})", 'use device="cpu", or see what nvidia-smi reports'
        ) from error
    return device


def _fastest(device: torch.device) -> torch.dtype:
    """Return the fastest type that changes no label beyond rounding."""
    if device.type == "cuda":
        return torch.float16
    return torch.bfloat16 if has_bf16(device) else torch.float32


def title_of(device: torch.device, dtype: torch.dtype) -> str:
    """Return a device and a type as shown to users: ``cpu (bf16)`` or ``cuda:0 NVIDIA ... (fp16)``."""
    precision = next(name for name, known in _DTYPES.items() if known == dtype)
    gpu = f" {torch.cuda.get_device_name(device)}" if device.type == "cuda" else ""
    return f"{device}{gpu} ({precision})"


def has_bf16(device: torch.device) -> bool:
    """Tell whether a device has instructions for bfloat16, which make it faster than float32.

    Older GPUs than NVIDIA's Ampere (compute capability 8.0) emulate bfloat16.
    """
    if device.type == "cuda":
        return torch.version.hip is not None or torch.cuda.get_device_capability(device)[0] >= 8
    # Older versions of torch do not report capabilities; they use float32.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


@contextmanager
def loading(device: torch.device, title: str) -> Iterator[None]:
    """Report an error of torch within the block as an `EngineError` if the device is a GPU.

    Args:
        device: Device onto which the block loads a network.
        title: The device as shown to users.

    Raises:
        EngineError: The memory of the GPU is full, or torch was built without kernels for it.
    """
    try:
        yield
    except RuntimeError as error:
        if device.type != "cuda":
            raise
        raise EngineError(
            f"{title} cannot run the network ({reason(error)})",
            'free some memory of the GPU, install a build of torch for this GPU, or use device="cpu"',
        ) from error


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """Let torch use `count` threads within the block; the setting is global, so it is restored afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def full_precision() -> AbstractContextManager[None]:
    """Let float32 be float32 within the block, also on GPUs that would round it to TF32.

    TF32 has 10 bits of mantissa instead of 23, and torch's convolutions use it by default. The setting is global.
    Blocks of several threads may overlap and end in any order.
    """
    return _full_precision.block()


@contextmanager
def _in_full_precision() -> Iterator[None]:
    cudnn: Any = torch.backends.cudnn
    matmul: Any = torch.backends.cuda.matmul
    if hasattr(cudnn, "conv"):  # torch from 2.9 on; it refuses to mix these settings with those of older versions
        settings, name, exact = (cudnn.conv, matmul), "fp32_precision", cast("Any", "ieee")
    else:
        settings, name, exact = (cudnn, matmul), "allow_tf32", False
    before = [getattr(each, name) for each in settings]
    for each in settings:
        setattr(each, name, exact)
    try:
        yield
    finally:
        for each, value in zip(settings, before, strict=True):
            setattr(each, name, value)


_full_precision = ProcessSetting(_in_full_precision)
