"""The reference that other engines are compared with: a network in PyTorch's eager mode, without optimisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from typing_extensions import Self, override

from fervid.engines.backends.pytorch import (
    GPU_REMEDY,
    choose_device,
    full_precision,
    loading,
    on_threads,
    read_network,
    title_of,
)
from fervid.engines.base import CheckedEngine, Engine
from fervid.engines.manifest import Manifest
from fervid.engines.measure.comparison import Comparison, Sample, compare

NAME: Final = "pytorch eager fp32"
"""Name of the reference in tables."""

_MAX_BATCH: Final = 128


class EagerEngine(CheckedEngine):
    """A network in eager mode and float32, with its batch norms unfolded and its channels first.

    Other engines of the same weights should give the same probabilities, and their speed-up is relative to this one.

    Args:
        manifest: Manifest of the trained engine.
        network: Network that maps (N, channels, size, size) normalised floats to (N, classes) logits; the engine takes
            it over.
        device: Device to run on.
        threads: Number of CPU threads.

    Raises:
        EngineError: The GPU cannot run the network.
    """

    def __init__(self, manifest: Manifest, network: nn.Module, device: torch.device, threads: int = 1) -> None:
        super().__init__(manifest, _MAX_BATCH, "pytorch", title_of(device, torch.float32))
        self._torch_device = device
        self._threads = threads
        spec = manifest.input
        with loading(device, self.device):
            self._network = network.eval().to(device)
            self._mean, self._std = (
                torch.tensor(values, device=device).view(-1, 1, 1) for values in (spec.mean, spec.std)
            )
            if device.type == "cuda":
                self._remedy = GPU_REMEDY
                self._try_out()  # an old or full card shows here

    @classmethod
    def load(cls, folder: Path, device: str = "cpu", threads: int = 1) -> Self:
        """Load the trained engine in `folder`.

        Raises:
            EngineError: The files are missing or damaged, or do not match, or the GPU cannot run the network.
            DeviceError: The device is not available.
        """
        torch_device = choose_device(device)
        return cls(*read_network(folder), torch_device, threads)

    @override
    def _infer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        with torch.inference_mode(), on_threads(self._threads), full_precision():
            return [self._probabilities(part) for part in parts]

    @override
    def _release(self) -> None:
        del self._network

    def _probabilities(self, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = torch.from_numpy(part.astype(np.float32)).to(self._torch_device)
        logits: Tensor = self._network((values / 255 - self._mean) / self._std)
        return torch.softmax(logits / self._manifest.temperature, dim=1).cpu().numpy()


def compare_with_reference(folder: Path, engines: Mapping[str, Engine], sample: Sample) -> dict[str, Comparison]:
    """Compare the predictions of engines with those of the reference on the CPU.

    Args:
        folder: Folder of the trained engine.
        engines: Engines of the same weights by name, among which the reference itself may be.
        sample: Images to classify.

    Returns:
        The comparisons by name; that of the reference with itself, which has its accuracy, comes first.
    """
    with EagerEngine.load(folder) as engine:
        probabilities = engine.classify(sample.images)
    others = {name: engine for name, engine in engines.items() if name != NAME}
    return {NAME: compare(probabilities, probabilities, sample.labels)} | {
        name: compare(probabilities, engine.classify(sample.images), sample.labels) for name, engine in others.items()
    }
