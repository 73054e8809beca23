"""The motion of the camera, as far as the faces of two frames tell it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box, Point
from fervid.track.expectations import Comparison
from fervid.track.motion import Motion

_PERSISTENCE_S: Final = 0.3
"""The time constant, in seconds, with which the camera loses its speed."""

_ACCELERATION: Final = 8.0
"""The standard deviation of what the camera moves otherwise than expected, in face widths a second."""

_REACH: Final = 1.0
"""The face widths by which it may move otherwise from one frame to the next, at most."""

_FAR_REACH: Final = 2.0
"""The same where no face is missing and none is new. Otherwise each might be taken for its neighbour in a row."""

_MAX_SCALE: Final = 1.5
"""The largest ratio between the widths of one face in two frames."""

_ALONE: Final = 25.0
"""The cost of a face without a counterpart: one that lies five standard deviations from where it is expected."""

_LEAST_GAIN: Final = 6.0
"""The cost that a movement must save."""

_MOST_LEFT: Final = 0.6
"""The share of the cost that a movement may leave, so that people who move by themselves do not count as one."""

_MAJORITY: Final = 0.8
"""The least share of the faces that must take part in a movement."""

_LEAST: Final = 0.3
"""The shortest movement that counts, in face widths; the faces are followed without it anyway."""

STILL: Final = Point(0.0, 0.0)
"""No movement."""


class CameraMotion:
    """An estimate of how the camera moves from frame to frame.

    Where the camera swings, all faces move together. The estimate is the movement beyond the expected one that most of
    the faces have in common, if it explains the detections clearly better than no such movement does. So people who
    move by themselves change nothing, and neither does a single face.
    """

    def __init__(self) -> None:
        self._speed = STILL  # in pixels a second

    def expected(self, elapsed: float) -> Point:
        """Return the movement to expect for `elapsed` seconds, in pixels."""
        reach = _PERSISTENCE_S * (1 - math.exp(-elapsed / _PERSISTENCE_S))
        return Point(self._speed.x * reach, self._speed.y * reach)

    def learn(self, moved: Point, elapsed: float) -> None:
        """Take the movement within the last `elapsed` seconds into account."""
        self._speed = Point(moved.x / elapsed, moved.y / elapsed) if elapsed > 0 else STILL

    def surprise(
        self, expected: Sequence[Motion], boxes: Sequence[Box], elapsed: float, *, hidden: bool = False
    ) -> Point:
        """Return the movement that the faces have in common beyond the expected one, in pixels.

        Args:
            expected: The predictions for the faces of the frame before.
            boxes: The detections in this frame.
            elapsed: The time since the frame before, in seconds.
            hidden: True if there are faces that the frame before did not show.
        """
        if len(expected) < 2 or len(boxes) < 2 or elapsed <= 0:
            return STILL
        comparison = Comparison.of(expected, boxes)
        deviations, widths = comparison.deviations, comparison.widths
        comparable = np.abs(comparison.growth) <= math.log(_MAX_SCALE)
        usual = _ACCELERATION * elapsed
        reach = _REACH if hidden or len(expected) != len(boxes) else _FAR_REACH
        lengths = comparison.distances()
        near = comparable & (lengths <= min(reach, 2 * usual))
        if not near.any() or lengths[near].max() < _LEAST / 2:
            return STILL  # the faces are where they are expected
        candidates = np.concatenate([np.zeros((1, 2)), deviations[near]])
        spread = comparison.variances[..., :2]
        # (candidates, faces before, faces now)
        costs = ((deviations - candidates[:, None, None]) ** 2 / (spread * widths[..., None] ** 2)).sum(axis=3)
        costs = np.where(comparable, costs, _ALONE).clip(max=_ALONE)
        totals = costs.min(axis=1).sum(axis=1) + costs.min(axis=2).sum(axis=1)
        totals += ((candidates / (usual * np.median(widths))) ** 2).sum(axis=1)
        best = int(totals.argmin())
        if totals[best] > min(totals[0] - _LEAST_GAIN, _MOST_LEFT * totals[0]):
            return STILL
        shared = _counterparts(costs[best])
        if shared.sum() < _MAJORITY * len(expected):
            return STILL
        movement = Point(*np.median(deviations[shared], axis=0).tolist())
        return movement if movement.distance(STILL) >= _LEAST * np.median(widths) else STILL


def _counterparts(costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return True where two faces are each other's best counterpart."""
    across, down = costs.min(axis=1, keepdims=True), costs.min(axis=0, keepdims=True)
    return np.asarray((costs < _ALONE) & (costs == across) & (costs == down), np.bool_)
