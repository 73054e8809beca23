"""What every smoother is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Smoother(Protocol):
    """Steadies the probabilities of each face over time, using the past alone."""

    def smooth(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The smoothed probabilities of one face at one time.

        Args:
            face_id: Whose.
            time: In seconds; never earlier than that face's time before.
            probabilities: (classes,) float32, summing to 1.

        Returns:
            (classes,) float32, summing to 1.
        """
        ...

    def forget(self, face_ids: Iterable[int]) -> None:
        """Drop what is kept of these faces; unknown ones are ignored."""
        ...
