"""Cuts between the scenes of a video."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.frame_pixels import Pixels

MIN_COLOUR_OVERLAP: Final = 0.5
"""The least overlap (0 to 1) between the colour histograms of two frames of one scene."""

MIN_CORRELATION: Final = 0.6
"""The least correlation (-1 to 1) between the brightness of two frames of one scene, pixel by pixel."""

_SAMPLED: Final = (128, 72)
_THUMBNAIL: Final = (64, 36)
_BINS: Final = 8  # of the histogram, per channel


class CutDetector(Protocol):
    """A detector of scene cuts, given one frame after the other."""

    def is_cut(self, image: NDArray[np.uint8] | Pixels) -> bool:
        """Return whether a new scene begins with this frame; False for the first.

        Args:
            image: The next frame: (height, width, 3) uint8, blue green red, or its pixels.
        """
        ...


class SceneCuts:
    """A detector that reports a cut when both the colours and the pattern of brightness change.

    A pan, or a large thing that moves, keeps the colours; a flash keeps the pattern. Only a cut changes both.
    Each frame costs about 0.1 ms, whatever its size.
    """

    def __init__(self) -> None:
        self._last: _Signature | None = None

    def is_cut(self, image: NDArray[np.uint8] | Pixels) -> bool:
        """Return whether a new scene begins with this frame. See `CutDetector`."""
        last, self._last = self._last, _Signature.of(Pixels.of(image))
        return (
            last is not None
            and last.colour_overlap(self._last) < MIN_COLOUR_OVERLAP
            and last.correlation(self._last) < MIN_CORRELATION
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Signature:
    """The features by which two frames are compared.

    Attributes:
        colours: (512,) float32, a histogram of 8 x 8 x 8 colours that sums to 1.
        pattern: (2304,) float32, the brightness of a thumbnail, of mean 0 and norm 1; all 0 for a uniform frame.
    """

    colours: NDArray[np.float32]
    pattern: NDArray[np.float32]

    @classmethod
    def of(cls, pixels: Pixels) -> _Signature:
        """Return the signature of a frame."""
        # Sampling before averaging makes the cost independent of the size of the frame.
        small = pixels.reduced(max(_SAMPLED)).image
        sampled = cv2.resize(small, _SAMPLED, interpolation=cv2.INTER_NEAREST)
        thumbnail = cv2.resize(sampled, _THUMBNAIL, interpolation=cv2.INTER_AREA)
        colours = cv2.calcHist([thumbnail], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3).ravel()
        pattern = cv2.cvtColor(thumbnail, cv2.COLOR_BGR2GRAY).astype(np.float32).ravel()
        pattern -= pattern.mean()
        norm = float(np.linalg.norm(pattern))
        return cls(colours / colours.sum(), pattern / norm if norm > 0 else pattern)

    def colour_overlap(self, other: _Signature) -> float:
        """Return the overlap of the colour histograms, 0 to 1."""
        return float(np.minimum(self.colours, other.colours).sum())

    def correlation(self, other: _Signature) -> float:
        """Return the correlation of the brightness patterns, -1 to 1; 0 where one of them is uniform."""
        return float(self.pattern @ other.pattern)
