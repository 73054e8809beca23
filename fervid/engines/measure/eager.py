"""The yardstick: a network as PyTorch runs it when nobody makes it fast."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from typing_extensions import Self, override

from fervid.engines.backends.pytorch import choose_device, on_threads, read_network
from fervid.engines.base import CheckedEngine
from fervid.engines.manifest import Manifest

NAME: Final = "pytorch eager fp32"

_AT_ONCE: Final = 128


class EagerEngine(CheckedEngine):
    """The plain network in float32: eager, batch normalisation where it was trained, channels first.

    It answers what every other engine of the same weights should answer, and how many times as fast they are is
    reckoned from it.

    Args:
        manifest: What goes in and what comes out.
        network: Takes (N, channels, size, size) normalised floats, returns (N, classes) logits. It is the engine's
            from here on.
        device: Where it runs.
        threads: How many CPU threads compute.
    """

    def __init__(self, manifest: Manifest, network: nn.Module, device: torch.device, threads: int = 1) -> None:
        super().__init__(manifest, _AT_ONCE, "pytorch", f"{device} (fp32)")
        self._network = network.eval().to(device)
        self._torch_device = device
        self._threads = threads
        spec = manifest.input
        self._mean, self._std = (torch.tensor(values, device=device).view(-1, 1, 1) for values in (spec.mean, spec.std))

    @classmethod
    def load(cls, folder: Path, device: str = "cpu", threads: int = 1) -> Self:
        """Load the trained engine in `folder`.

        Raises:
            EngineError: The files are missing, damaged or do not fit together.
            DeviceError: The device is not there.
        """
        where = choose_device(device)
        return cls(*read_network(folder), where, threads)

    @override
    def _answer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        with torch.inference_mode(), on_threads(self._threads):
            return [self._probabilities(part) for part in parts]

    @override
    def _release(self) -> None:
        del self._network

    def _probabilities(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = torch.from_numpy(part.astype(np.float32)).to(self._torch_device)
        logits: Tensor = self._network((values / 255 - self._mean) / self._std)
        return torch.softmax(logits / self._manifest.temperature, dim=1).cpu().numpy()
