"""What every face detector is."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.readings import Face


class Detector(Closing, Protocol):
    """Finds the faces in one picture; knows nothing of the pictures before it."""

    @property
    def name(self) -> str:
        """Its name on the command line."""
        ...

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """The faces in `image`, the best first.

        Args:
            image: (height, width, 3) uint8, blue green red, of any size; it is not written to.

        Returns:
            Faces in pixels of `image`, at or above the detector's least score and smallest size.
        """
        ...

    def close(self) -> None:
        """Let go of the model. May be called twice."""
        ...
