"""The interface of engines, which are trained networks ready to run on a device, and the base class of fervid's own."""

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
    """A trained network that classifies crops of faces."""

    @property
    def manifest(self) -> Manifest:
        """The manifest, which describes the input and the classes."""
        ...

    @property
    def backend(self) -> str:
        """The name of the backend, one of `fervid.engines.backends.NAMES`."""
        ...

    @property
    def device(self) -> str:
        """The device and the precision, as shown to users: ``cpu (bf16)`` or ``cuda:0 NVIDIA ... (fp16)``."""
        ...

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify a batch of faces.

        Args:
            crops: (N, channels, size, size) uint8, 0 to 255, as `manifest.input` describes; N may be 0.

        Returns:
            (N, classes) float32 probabilities with the temperature applied; each row sums to 1.
        """
        ...

    def close(self) -> None:
        """Free the device's memory; closing twice does no harm."""
        ...


class CheckedEngine(Closing):
    """The base class of fervid's engines, which checks crops and splits large batches.

    Args:
        manifest: The engine's manifest.
        max_batch: Largest number of faces that the backend gets at a time. Larger batches are split, so memory use is
            bounded.
        backend: Name of the backend.
        device: Device and precision, as shown to users.
    """

    _failures: tuple[type[Exception], ...] = (RuntimeError,)
    """The exceptions by which the backend reports that a device failed."""

    _remedy = "use another backend"
    """The remedy for such a failure."""

    def __init__(self, manifest: Manifest, max_batch: int, backend: str, device: str) -> None:
        self._manifest = manifest
        self._max_batch = max_batch
        self._backend = backend
        self._device = device
        self._is_closed = False

    @property
    def manifest(self) -> Manifest:
        """The manifest, which describes the input and the classes."""
        return self._manifest

    @property
    def backend(self) -> str:
        """The name of the backend, one of `fervid.engines.backends.NAMES`."""
        return self._backend

    @property
    def device(self) -> str:
        """The device and the precision, as shown to users: ``cpu (bf16)`` or ``cuda:0 NVIDIA ... (fp16)``."""
        return self._device

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Classify a batch of faces.

        Args:
            crops: (N, channels, size, size) uint8, 0 to 255, as `manifest.input` describes; N may be 0.

        Returns:
            (N, classes) float32 probabilities with the temperature applied; each row sums to 1.

        Raises:
            ValueError: The crops have a wrong shape or dtype, or the engine is closed.
            EngineError: The device failed.
        """
        spec = self._manifest.input
        if crops.shape[1:] != (spec.channels, spec.size, spec.size) or crops.dtype != np.uint8:
            raise ValueError(
                f"crops must be (N, {spec.channels}, {spec.size}, {spec.size}) uint8, not {crops.shape} {crops.dtype}"
            )
        if self._is_closed:
            raise ValueError("the engine is closed")
        whole = np.ascontiguousarray(crops)
        parts = [whole[at : at + self._max_batch] for at in range(0, len(whole), self._max_batch)]
        try:
            rows = self._infer(parts)
        except self._failures as error:
            problem = f"{self.backend} failed on {self.device} ({reason(error)})"
            raise EngineError(problem, self._remedy, options=("backend",)) from error
        return np.concatenate([np.empty((0, len(self._manifest.classes)), np.float32), *rows])

    def close(self) -> None:
        """Free the device's memory; closing twice does no harm."""
        if not self._is_closed:
            self._is_closed = True
            self._release()

    @abstractmethod
    def _infer(self, parts: Sequence[NDArray[np.uint8]]) -> Sequence[NDArray[np.float32]]:
        """Return the probabilities of each part, which is C-contiguous, maybe read-only, and holds 1 or more crops."""

    @abstractmethod
    def _release(self) -> None:
        """Free the device's memory; `_infer` is not called afterwards."""

    def _try_out(self) -> None:
        """Classify one grey image, so that faults show while loading and the first face need not wait for a warm-up.

        Raises:
            EngineError: A probability is not a finite number.
        """
        spec = self._manifest.input
        (row,) = self._infer([np.full((1, spec.channels, spec.size, spec.size), 128, np.uint8)])
        if not np.isfinite(row).all():
            raise EngineError(
                f"the weights of '{self._manifest.name}' hold values that are not finite",
                "restore all files of the engine, or export it again",
            )


def reason(error: Exception) -> str:
    """Return the first line of a library's error, which says what failed; the others are advice for developers."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
