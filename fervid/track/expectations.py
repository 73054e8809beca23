"""Comparison of the faces that are expected in a frame with those that are detected."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box
from fervid.track.motion import Motion

_MAX_GROWTH: Final = math.log(2.0)
"""The largest growth of one face's width from one detection to the next, as a natural logarithm."""


def cost(expected: Motion, box: Box, reach: float) -> float:
    """Return how unlikely a detection is: twice its negative log likelihood, but for a constant.

    A face that may be anywhere around is not the less likely for that after a longer time. Numbers are faster than
    arrays here, because most videos show one face.

    Args:
        expected: The prediction for the face.
        box: The detection. Its area must not be 0.
        reach: The distance in face widths from which it is another face.

    Returns:
        The cost; infinite for another face.
    """
    x, y = box.centre
    growth = math.log(box.area) / 2 - expected.size.value
    width = math.exp(expected.size.value + growth / 2)
    across, down = (x - expected.x.value) / width, (y - expected.y.value) / width
    if math.hypot(across, down) > reach or abs(growth) > _MAX_GROWTH:
        return math.inf
    spread_x, spread_y, spread = expected.x.variance, expected.y.variance, expected.size.variance
    deviance = across**2 / spread_x + down**2 / spread_y + growth**2 / spread
    return deviance + min(0.0, math.log(spread_x * spread_y * spread))


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Every expected face beside every detection. All arrays are (expected, detections, ...).

    Attributes:
        deviations: (..., 2) By how much the centre of the detection lies beside the expected one, in pixels.
        widths: The geometric mean of their widths, in pixels.
        growth: The natural logarithm of the ratio between their widths.
        variances: (expected, 1, 3) The variances of the next detection: of its centre, in squared widths, and of the
            logarithm of its width.
    """

    deviations: NDArray[np.float64]
    widths: NDArray[np.float64]
    growth: NDArray[np.float64]
    variances: NDArray[np.float64]

    @classmethod
    def of(cls, expected: Sequence[Motion], boxes: Sequence[Box]) -> Comparison:
        """Compare predictions with the boxes of detections. Neither may be empty, and no box may have the area 0."""
        before = np.array([(one.x.value, one.y.value, one.size.value) for one in expected])[:, None]
        now = np.array([(*box.centre, box.area) for box in boxes])
        now[:, 2] = np.log(now[:, 2]) / 2
        differences = now - before
        variances = np.array([(one.x.variance, one.y.variance, one.size.variance) for one in expected])[:, None]
        widths = np.exp(now[:, 2] - differences[..., 2] / 2)
        return cls(differences[..., :2], widths, differences[..., 2], variances)

    def distances(self) -> NDArray[np.float64]:
        """Return how far each detection lies from where each face is expected, in face widths."""
        return np.asarray(np.hypot(self.deviations[..., 0], self.deviations[..., 1]) / self.widths, np.float64)
