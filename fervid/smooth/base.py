"""The interface of smoothers, and the one that changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray


class Smoother(Protocol):
    """Smooths the probabilities of each face over time: at once from the past, and again once more is known."""

    @property
    def lag(self) -> float:
        """The time, in seconds, of later readings that `revise` wants; 0 where they change nothing."""
        ...

    @property
    def time_constant(self) -> float | None:
        """The time, in seconds, over which readings are averaged; None for a smoother without such a time."""
        ...

    def change_time_constant(self, seconds: float) -> None:
        """Average over `seconds` from the next reading on; nothing happens where `time_constant` is None."""
        ...

    def smooth(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the smoothed probabilities of one face at one time.

        Args:
            face_id: The face.
            time: The time in seconds; never earlier than that face's last one.
            probabilities: (classes,) float32, summing to 1.

        Returns:
            (classes,) float32, summing to 1.
        """
        ...

    def revise(
        self, times: Sequence[float], smoothed: Sequence[NDArray[np.float32]], raw: Sequence[NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Return smoothed probabilities that take the later of these readings into account.

        Each reading is that of the past and of all that follow it here, so the last one stays as it is. Nothing is
        remembered.

        Args:
            times: (N,), the times of successive readings of one face, in seconds, in order.
            smoothed: N arrays, as `smooth` returned them.
            raw: N arrays, as `smooth` was given them.

        Returns:
            N arrays, (classes,) float32, each summing to 1.
        """
        ...

    def forget(self, face_ids: Iterable[int]) -> None:
        """Drop what is remembered of these faces; unknown ones are ignored."""
        ...


class SmootherOptions(Protocol):
    """The options that a smoother is made from, as `fervid.settings.Settings` has them."""

    @property
    def smoothing(self) -> str:
        """A name in `fervid.smooth.SMOOTHERS`."""
        ...

    @property
    def smoothing_time(self) -> float:
        """The time constant, in seconds."""
        ...


Create: TypeAlias = Callable[[SmootherOptions, tuple[str, ...]], Smoother]
"""Makes a smoother from its options and the names of the classes."""


class Causal:
    """A smoother whose results no later reading changes."""

    lag = 0.0

    def revise(
        self,
        times: Sequence[float],  # noqa: ARG002
        smoothed: Sequence[NDArray[np.float32]],
        raw: Sequence[NDArray[np.float32]],  # noqa: ARG002
    ) -> list[NDArray[np.float32]]:
        """Return what was smoothed. See `Smoother`."""
        return list(smoothed)


def create_unsmoothed(options: SmootherOptions, classes: tuple[str, ...]) -> Unsmoothed:  # noqa: ARG001
    """Return a smoother that changes nothing."""
    return Unsmoothed()


class Unsmoothed(Causal):
    """Passes every reading on unchanged."""

    time_constant = None

    def change_time_constant(self, seconds: float) -> None:
        """Do nothing."""

    def smooth(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:  # noqa: ARG002
        """Return `probabilities` themselves. See `Smoother`."""
        return probabilities

    def forget(self, face_ids: Iterable[int]) -> None:
        """Do nothing, as nothing is remembered."""
