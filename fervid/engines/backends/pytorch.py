"""PyTorch on a CPU or an NVIDIA GPU, the backend that runs everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from typing_extensions import Self, override

from fervid import networks
from fervid.engines import weights
from fervid.engines.backends import DEVICES
from fervid.engines.backends.end_to_end import EndToEnd
from fervid.engines.base import CheckedEngine
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import DeviceError, EngineError, UsageError

_MAX_BATCH: Final = 128
"""Largest batch that the network gets."""

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
        EngineError: The network does not run on images of the manifest's size, or its probabilities are not finite.
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
        super().__init__(manifest, _MAX_BATCH, "pytorch", _named(device, dtype))
        self._torch_device = device
        self._threads = threads
        module = EndToEnd(manifest, network, dtype).to(device)
        self._module: nn.Module = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._try_out()

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
        with torch.inference_mode(), on_threads(self._threads):
            return [self._probabilities(part) for part in parts]

    @override
    def _release(self) -> None:
        del self._module

    @override
    def _try_out(self) -> None:
        try:
            super()._try_out()
        except RuntimeError as error:
            size = self._manifest.input.size
            raise EngineError(
                f"the network {self._manifest.network!r} does not run on images of {size}x{size}, the size in the "
                f"manifest of '{self._manifest.name}' ({str(error).splitlines()[0]})",
                "restore both files of the engine, or export it again",
            ) from error

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
        name: ``cpu``, ``cuda``, or ``auto`` for cuda if torch finds a GPU, else cpu.

    Raises:
        DeviceError: There is no such device on this machine.
    """
    if name not in ("auto", *DEVICES):
        raise DeviceError(f"there is no device {name!r}", f"choose one of auto, {', '.join(DEVICES)}")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        reason = "torch finds no GPU" if torch.version.cuda else "this build of torch supports only the CPU"
        raise DeviceError(
            f"the device cuda is not available ({reason})",
            "use --device cpu, or install NVIDIA's driver and a CUDA build of torch (pytorch.org/get-started)",
        )
    return torch.device("cuda", torch.cuda.current_device())


def _fastest(device: torch.device) -> torch.dtype:
    """Return the fastest type that changes no label beyond rounding."""
    if device.type == "cuda":
        return torch.float16
    return torch.bfloat16 if has_bf16(device) else torch.float32


def _named(device: torch.device, dtype: torch.dtype) -> str:
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
def on_threads(count: int) -> Iterator[None]:
    """Let torch use `count` threads within the block; the setting is global, so it is restored afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
