"""Cuts between the scenes of a video."""

from __future__ import annotations

from functools import cached_property
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
    """A detector that reports a cut when both the pattern of brightness and the colours change.

    A flash keeps the pattern; a pan, or a large thing that moves, keeps the colours. Only a cut changes both. The
    colours are compared only where the pattern changes, so most frames need no more than a small copy in grey.
    """

    def __init__(self) -> None:
        self._last: _Signature | None = None

    def is_cut(self, image: NDArray[np.uint8] | Pixels) -> bool:
        """Return whether a new scene begins with this frame. See `CutDetector`."""
        last, self._last = self._last, _Signature(Pixels.of(image))
        return (
            last is not None
            and last.correlation(self._last) < MIN_CORRELATION
            and last.colour_overlap(self._last) < MIN_COLOUR_OVERLAP
        )


class _Signature:
    """The features by which two frames are compared, each computed when it is first asked for.

    Args:
        pixels: The pixels of a frame.
    """

    def __init__(self, pixels: Pixels) -> None:
        # Sampling before averaging makes the cost independent of the size of the frame.
        self._small = pixels.reduced(max(_SAMPLED))

    @cached_property
    def pattern(self) -> NDArray[np.float32]:
        """(2304,) float32, the brightness of a thumbnail, of mean 0 and norm 1; all 0 for a uniform frame."""
        pattern = _thumbnail(self._small.grey).astype(np.float32)
        pattern -= cv2.mean(pattern)[0]
        norm = cv2.norm(pattern)
        return (pattern / norm if norm > 0 else pattern).ravel()

    @cached_property
    def colours(self) -> NDArray[np.float32]:
        """(512,) float32, a histogram of 8 x 8 x 8 colours that sums to 1."""
        thumbnail = _thumbnail(self._small.image)
        colours = cv2.calcHist([thumbnail], [0, 1, 2], None, [_BINS] * 3, [0, 256] * 3).ravel()
        return np.asarray(colours / colours.sum(), np.float32)

    def colour_overlap(self, other: _Signature) -> float:
        """Return the overlap of the colour histograms, 0 to 1."""
        return float(np.minimum(self.colours, other.colours).sum())

    def correlation(self, other: _Signature) -> float:
        """Return the correlation of the brightness patterns, -1 to 1; 0 where one of them is uniform."""
        return float(self.pattern @ other.pattern)


def _thumbnail(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sampled = cv2.resize(small, _SAMPLED, interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(sampled, _THUMBNAIL, interpolation=cv2.INTER_AREA), np.uint8)
