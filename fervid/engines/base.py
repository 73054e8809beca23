"""What every engine is: a trained network made ready to run on some device."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError


class Engine(Closing, Protocol):
    """Turns crops of faces into probabilities."""

    @property
    def manifest(self) -> Manifest:
        """What it expects and what it answers."""
        ...

    @property
    def backend(self) -> str:
        """What runs it, one of `fervid.engines.backends.NAMES`."""
        ...

    @property
    def device(self) -> str:
        """Where it runs and in what precision, for people: ``cpu (bf16)``, ``cuda:0 NVIDIA ... (fp16)``."""
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


class CheckedEngine(Closing):
    """What all of fervid's engines share: crops are checked, and given to the backend in parts that it can take.

    Args:
        manifest: What goes in and what comes out.
        most: The most faces that the backend takes at one time, so that memory is bounded whatever a caller gives.
        backend: What runs it.
        device: Where it runs and in what precision, for people.
    """

    def __init__(self, manifest: Manifest, most: int, backend: str, device: str) -> None:
        self._manifest = manifest
        self._most = most
        self._backend = backend
        self._device = device
        self._is_closed = False

    @property
    def manifest(self) -> Manifest:
        """What it expects and what it answers."""
        return self._manifest

    @property
    def backend(self) -> str:
        """What runs it, one of `fervid.engines.backends.NAMES`."""
        return self._backend

    @property
    def device(self) -> str:
        """Where it runs and in what precision, for people: ``cpu (bf16)``, ``cuda:0 NVIDIA ... (fp16)``."""
        return self._device

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
        if self._is_closed:
            raise ValueError("the engine is closed")
        whole = np.ascontiguousarray(crops)
        parts = [whole[at : at + self._most] for at in range(0, len(whole), self._most)]
        rows = self._answer(parts)
        return np.concatenate([np.empty((0, len(self._manifest.classes)), np.float32), *rows])

    def close(self) -> None:
        """Let go of the device's memory. May be called twice."""
        if not self._is_closed:
            self._is_closed = True
            self._release()

    @abstractmethod
    def _answer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        """The probabilities of each part, which has 1 to `most` crops in one piece of memory, maybe read-only."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of the device's memory; `_answer` is not called any more."""

    def _try_out(self) -> None:
        """Run one grey picture: what does not fit shows now, and the first face does not wait for it.

        Raises:
            EngineError: An answer is no number.
        """
        spec = self._manifest.input
        row = self.classify(np.full((1, spec.channels, spec.size, spec.size), 128, np.uint8))
        if not np.isfinite(row).all():
            raise EngineError(
                f"the weights of {self._manifest.name} hold values that are not numbers",
                "restore the files of the engine together, or export it again",
            )
