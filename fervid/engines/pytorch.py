"""The engine that runs everywhere: PyTorch on a CPU or an NVIDIA GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from typing_extensions import Self

from fervid import networks
from fervid.closing import Closing
from fervid.engines import weights
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import DeviceError, EngineError

_AT_ONCE: Final = 128
"""The most faces in the network at one time, so that memory is bounded whatever a caller gives."""


class PyTorchEngine(Closing):
    """A network in inference mode, with what its manifest says about input and output.

    Args:
        manifest: What goes in and what comes out.
        network: Takes (N, channels, size, size) normalised floats, returns (N, classes) logits. It is the engine's from
            here on, which changes its type and layout.
        device: Where it runs.
        dtype: What it computes in; None takes bfloat16 on a CPU that has instructions for it, else float32.
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
        self._manifest = manifest
        self._torch_device = device
        self._threads = threads
        self._dtype = dtype or (torch.bfloat16 if device.type == "cpu" and cpu_has_bf16() else torch.float32)
        self._network: nn.Module | None = network.eval().to(device, self._dtype)
        self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # One multiplication and one addition do the same as dividing by 255, subtracting and dividing.
        spec = manifest.input
        mean, std = (torch.tensor(values, device=device).view(-1, 1, 1) for values in (spec.mean, spec.std))
        self._gain, self._offset = 1 / (255 * std), -mean / std
        self._try_out()

    @classmethod
    def load(cls, folder: Path, device: str = "auto", *, dtype: torch.dtype | None = None, threads: int = 1) -> Self:
        """Load the engine in `folder`.

        Args:
            folder: Holds ``manifest.json`` and ``weights.safetensors``.
            device: ``auto``, ``cpu`` or ``cuda``.
            dtype: As for the class.
            threads: As for the class.

        Raises:
            EngineError: The files are missing, damaged or do not fit together.
            DeviceError: The device is not there.
        """
        where = choose_device(device)
        manifest, network = read_network(folder)
        return cls(manifest, network, where, dtype=dtype, threads=threads)

    @property
    def manifest(self) -> Manifest:
        """What it expects and what it answers."""
        return self._manifest

    @property
    def device(self) -> str:
        """Where it runs, for people: ``cpu``, ``cpu (bf16)``, ``cuda:0 NVIDIA ...``."""
        if self._torch_device.type == "cuda":
            return f"{self._torch_device} {torch.cuda.get_device_name(self._torch_device)}"
        return "cpu (bf16)" if self._dtype == torch.bfloat16 else "cpu"

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify a batch of faces.

        Args:
            crops: (N, channels, size, size) uint8, 0 to 255, as `manifest.input` describes; N may be 0.

        Returns:
            (N, classes) float32, each row summing to 1, temperature applied.

        Raises:
            ValueError: The crops have another shape or type, or the engine is closed.
        """
        spec = self._manifest.input
        if crops.shape[1:] != (spec.channels, spec.size, spec.size) or crops.dtype != np.uint8:
            raise ValueError(
                f"crops must be (N, {spec.channels}, {spec.size}, {spec.size}) uint8, not {crops.shape} {crops.dtype}"
            )
        if self._network is None:
            raise ValueError("the engine is closed")
        with torch.inference_mode(), _threads(self._threads):
            pictures = torch.from_numpy(np.require(crops, requirements=["C", "W"]))  # what torch wants of memory
            rows = [self._probabilities(self._network, part).cpu() for part in torch.split(pictures, _AT_ONCE)]
        return torch.cat(rows).numpy()

    def close(self) -> None:
        """Let go of the device's memory. May be called twice."""
        self._network = None

    def _probabilities(self, network: nn.Module, pictures: Tensor) -> Tensor:
        values = torch.addcmul(self._offset, pictures.to(self._torch_device), self._gain)
        logits: Tensor = network(values.to(self._dtype, memory_format=torch.channels_last))
        return torch.softmax(logits.float() / self._manifest.temperature, dim=1)

    def _try_out(self) -> None:
        """Run one grey picture: what does not fit shows now, and the first face does not wait for it."""
        spec = self._manifest.input
        grey = np.full((1, spec.channels, spec.size, spec.size), 128, np.uint8)
        remedy = "restore the two files of the engine together, or export it again"
        try:
            row = self.classify(grey)
        except RuntimeError as error:
            raise EngineError(
                f"{self._manifest.network} does not run on pictures of {spec.size}x{spec.size}, the size in the "
                f"manifest of {self._manifest.name} ({str(error).splitlines()[0]})",
                remedy,
            ) from error
        if not np.isfinite(row).all():
            raise EngineError(f"the weights of {self._manifest.name} hold values that are not numbers", remedy)


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


def cpu_has_bf16() -> bool:
    """Whether this CPU multiplies bfloat16 by instructions of its own, so that it is faster than float32."""
    # An older torch has no such table; float32 is right there too.
    capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Compute on so many threads, and leave torch as it was: its setting belongs to the whole program."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
