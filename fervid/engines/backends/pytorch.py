"""The engine that runs everywhere: PyTorch on a CPU or an NVIDIA GPU."""

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
from fervid.engines.backends.end_to_end import EndToEnd
from fervid.engines.base import CheckedEngine
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import DeviceError, EngineError, UsageError

_AT_ONCE: Final = 128
"""The most faces in the network at one time."""

_DTYPES: Final = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


class PyTorchEngine(CheckedEngine):
    """A network in inference mode, with what its manifest says about input and output.

    Args:
        manifest: What goes in and what comes out.
        network: Takes (N, channels, size, size) normalised floats, returns (N, classes) logits. It is the engine's from
            here on, which changes its type and layout.
        device: Where it runs.
        dtype: What it computes in; None takes float16 on a GPU, bfloat16 on a CPU that has instructions for it, else
            float32.
        threads: How many CPU threads compute. torch's threads spin while they wait for each other: where decoding and
            detection keep the cores busy, more than one makes a small batch many times slower (docs/engines.md).

    Raises:
        EngineError: The network does not take pictures of the manifest's size, or does not return finite numbers.
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
        super().__init__(manifest, _AT_ONCE, "pytorch", _named(device, dtype))
        self._torch_device = device
        self._threads = threads
        ready = EndToEnd(manifest, network, dtype).to(device)
        self._ready: nn.Module = ready.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._try_out()

    @classmethod
    def load(cls, folder: Path, device: str = "auto", *, precision: str = "auto", threads: int = 1) -> Self:
        """Load the engine in `folder`.

        Args:
            folder: Holds ``manifest.json`` and ``weights.safetensors``.
            device: ``auto``, ``cpu`` or ``cuda``.
            precision: ``fp32``, ``bf16``, ``fp16`` on a GPU, or ``auto``: what the class takes by itself.
            threads: As for the class.

        Raises:
            UsageError: The device has no such precision.
            EngineError: The files are missing, damaged or do not fit together.
            DeviceError: The device is not there.
        """
        where = choose_device(device)
        if precision not in ("auto", *_DTYPES) or (precision == "fp16" and where.type == "cpu"):
            raise UsageError(f"pytorch has no precision {precision} on {where.type}", "choose fp32 or bf16")
        manifest, network = read_network(folder)
        return cls(manifest, network, where, dtype=_DTYPES.get(precision), threads=threads)

    @override
    def _answer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        with torch.inference_mode(), on_threads(self._threads):
            return [self._probabilities(part) for part in parts]

    @override
    def _release(self) -> None:
        del self._ready

    @override
    def _try_out(self) -> None:
        try:
            super()._try_out()
        except RuntimeError as error:
            size = self._manifest.input.size
            raise EngineError(
                f"{self._manifest.network} does not run on pictures of {size}x{size}, the size in the manifest of "
                f"{self._manifest.name} ({str(error).splitlines()[0]})",
                "restore the two files of the engine together, or export it again",
            ) from error

    def _probabilities(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        crops = torch.from_numpy(np.require(part, requirements=["W"]))  # what torch wants of memory
        rows: Tensor = self._ready(crops.to(self._torch_device).to(memory_format=torch.channels_last))
        return rows.cpu().numpy()


def read_network(folder: Path) -> tuple[Manifest, nn.Module]:
    """Read the engine in `folder` without making it ready to run.

    Raises:
        EngineError: The files are missing, damaged or do not fit together.
    """
    manifest = Manifest.load(folder)
    tensors = weights.read(folder / WEIGHTS, manifest.sha256)
    try:
        network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    except EngineError as error:
        raise EngineError(f"{folder / MANIFEST}: {error.problem}", error.remedy) from error
    weights.fit(network, tensors, folder / WEIGHTS, f"restore the two files of {manifest.name} together")
    return manifest, network


def choose_device(name: str) -> torch.device:
    """The device of that name.

    Args:
        name: ``cpu``, ``cuda``, or ``auto``: cuda where torch sees a GPU.

    Raises:
        DeviceError: There is no such device here.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise DeviceError(f"there is no device {name!r}", "choose one of auto, cpu, cuda")
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        built = "torch sees no GPU" if torch.version.cuda else "this torch is built for the CPU alone"
        raise DeviceError(
            f"there is no device cuda here ({built})",
            "use --device cpu, or install NVIDIA's driver and a CUDA build of torch (pytorch.org/get-started)",
        )
    return torch.device("cuda", torch.cuda.current_device())


def _fastest(device: torch.device) -> torch.dtype:
    """The fastest type that changes no label beyond rounding."""
    if device.type == "cuda":
        return torch.float16
    return torch.bfloat16 if cpu_has_bf16() else torch.float32


def _named(device: torch.device, dtype: torch.dtype) -> str:
    precision = next(name for name, known in _DTYPES.items() if known == dtype)
    gpu = f" {torch.cuda.get_device_name(device)}" if device.type == "cuda" else ""
    return f"{device}{gpu} ({precision})"


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 by instructions of its own, so that it is faster than float32."""
    # An older torch has no such table; float32 is right there too.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


@contextmanager
def on_threads(count: int) -> Iterator[None]:
    """Compute on so many threads, and leave torch as it was: its setting belongs to the whole program."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
