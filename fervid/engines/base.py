"""What every engine is: a trained network made ready to run."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fervid.closing import Closing
from fervid.engines.manifest import Manifest


class Engine(Closing, Protocol):
    """Turns crops of faces into probabilities."""

    @property
    def manifest(self) -> Manifest:
        """What it expects and what it answers."""
        ...

    @property
    def device(self) -> str:
        """Where it runs, for people: ``cpu``, ``cpu (bf16)``, ``cuda:0 NVIDIA ...``."""
        ...

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify a batch of faces.

        Args:
            crops: (N, channels, size, size) uint8, 0 to 255, as `manifest.input` describes; N may be 0.

        Returns:
            (N, classes) float32, each row summing to 1, temperature applied.
        """
        ...

    def close(self) -> None:
        """Let go of the device's memory. May be called twice."""
        ...
