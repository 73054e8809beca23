"""Head pose: the direction in which a face is turned, from its key points.

A rigid mean face is fitted to the six key points of BlazeFace (a perspective-n-point problem, solved by SQPnP: Terzakis
and Lourakis 2020). The mean face was recovered from the key points that BlazeFace finds in 2,418 images of FER2013, by
factorisation (Tomasi and Kanade 1992, for orthography); ``python benchmarks/head_pose.py --fer`` repeats that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from fervid.core.geometry import HeadPose, Point

MEAN_FACE: Final = np.array(
    [
        (-0.5, 0.0, 0.0),
        (0.5, 0.0, 0.0),
        (0.0, 0.600, -0.698),
        (0.0, 1.068, -0.303),
        (-1.033, 0.160, 1.004),
        (1.033, 0.160, 1.004),
    ]
)
"""The key points of the mean face, in the order of `Face.keypoints`, in units of the distance between the eyes.

(6, 3) float64, from the midpoint between the eyes: x to the right of the picture, y down, z away from the camera. The
median face of FER2013 has a pitch of 0.
"""

# Unknown, as nothing is known of the camera. With this value, a face is assumed 13 eye distances away, about 80 cm. The
# choice matters little: at 40 cm or at 5 m, yaw and roll are wrong by a degree or two, pitch by four.
_FOCAL_LENGTH: Final = 15.0
_ROUNDING: Final = 1e-9
_CAMERA: Final = np.diag([_FOCAL_LENGTH, _FOCAL_LENGTH, 1.0])


def head_pose(keypoints: Sequence[Point]) -> HeadPose | None:
    """Return the pose of a head; None where the detector gives no nose, mouth and ears, or implausible ones.

    Args:
        keypoints: The key points of `Face.keypoints`, in pixels. The pixels must be square.
    """
    if len(keypoints) != len(MEAN_FACE):
        return None
    points = np.array(keypoints, np.float64)
    largest = float(np.abs(points).max())
    points -= points.mean(0)
    spread = math.sqrt(float((points * points).sum()) / len(points))
    # Points that coincide differ from their mean by rounding.
    if not _ROUNDING * largest < spread < math.inf:
        return None
    found, axis, _ = cv2.solvePnP(MEAN_FACE, points / spread, _CAMERA, None, flags=cv2.SOLVEPNP_SQPNP)
    if not found:
        return None
    turned = cv2.Rodrigues(axis)[0].tolist()
    yaw = math.atan2(turned[2][0], math.hypot(turned[0][0], turned[1][0]))
    pitch = math.atan2(-turned[2][1], turned[2][2])
    roll = math.atan2(turned[1][0], turned[0][0])
    return HeadPose(math.degrees(yaw), math.degrees(pitch), math.degrees(roll))
