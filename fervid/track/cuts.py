"""Finds the cuts between the scenes of a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_SHARED_COLOURS: Final = 0.5
"""Share of the pixels (0 to 1) whose colours two pictures of one scene have in common."""

LEAST_LIKENESS: Final = 0.6
"""Correlation (-1 to 1) between the brightness patterns of two pictures of one scene."""

_SAMPLED: Final = (128, 72)
_THUMBNAIL: Final = (64, 36)
_BINS: Final = 8


class CutDetector(Protocol):
    """Says where one scene ends and another begins."""

    def is_cut(self, image: NDArray[np.uint8]) -> bool:
        """Whether `image` belongs to another scene than the one before it.

        Args:
            image: (height, width, 3) uint8, blue green red; the next one of the video. The first is no cut.
        """
        ...


class SceneCuts:
    """Calls it a cut when neither the colours of two pictures nor the places of light and dark have much in common.

    A pan, or something large that moves, keeps the colours; a flash keeps the places. Only a cut changes both.
    """

    def __init__(self) -> None:
        self._before: _Look | None = None

    def is_cut(self, image: NDArray[np.uint8]) -> bool:
        """Whether `image` belongs to another scene than the one before it. See `CutDetector`."""
        before, self._before = self._before, _Look.at(image)
        return (
            before is not None
            and before.shared_colours(self._before) < LEAST_SHARED_COLOURS
            and before.likeness(self._before) < LEAST_LIKENESS
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What is compared of a picture.

    Attributes:
        colours: (512,) float32, share of the pixels in each of 8 x 8 x 8 colours.
        pattern: (2304,) float32, brightness of a thumbnail, of mean 0 and length 1; all 0 for a flat picture.
    """

    colours: NDArray[np.float32]
    pattern: NDArray[np.float32]

    @classmethod
    def at(cls, image: NDArray[np.uint8]) -> _Look:
        # Sampling before averaging costs the same for a picture of any size.
        sampled = cv2.resize(image, _SAMPLED, interpolation=cv2.INTER_NEAREST)
        thumbnail = cv2.resize(sampled, _THUMBNAIL, interpolation=cv2.INTER_AREA)
        colours = cv2.calcHist([thumbnail], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3).ravel()
        pattern = cv2.cvtColor(thumbnail, cv2.COLOR_BGR2GRAY).astype(np.float32).ravel()
        pattern -= pattern.mean()
        length = float(np.linalg.norm(pattern))
        return cls(colours / colours.sum(), pattern / length if length > 0 else pattern)

    def shared_colours(self, other: _Look) -> float:
        return float(np.minimum(self.colours, other.colours).sum())

    def likeness(self, other: _Look) -> float:
        return float(self.pattern @ other.pattern)
