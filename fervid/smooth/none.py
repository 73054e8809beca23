"""No smoothing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


class Unsmoothed:
    """Passes every reading on as it is."""

    def smooth(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:  # noqa: ARG002
        """The probabilities themselves. See `Smoother`."""
        return probabilities

    def forget(self, face_ids: Iterable[int]) -> None:
        """Nothing is kept."""
