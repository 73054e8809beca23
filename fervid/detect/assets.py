"""The models of MediaPipe's face detectors.

MediaPipe's package has carried none since version 1, but an older wheel of it does. The first analysis fetches that
wheel, takes the models out and keeps them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fervid.core.cache import DETECTORS
from fervid.core.wheels import Wheel, WheelFile
from fervid.errors import DetectorError

MODELS: Final = {
    "mediapipe": WheelFile(
        file="face_detection_short_range.tflite",
        size=229_714,
        sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
        licence="Apache-2.0",
    ),
    "mediapipe-full": WheelFile(
        file="face_detection_full_range_sparse.tflite",
        size=676_746,
        sha256="2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1",
        licence="Apache-2.0",
    ),
}
"""The models, by the names of the detectors that use them."""

_WHEEL: Final = Wheel(
    requirement="mediapipe==0.10.21",
    folder="mediapipe/modules/face_detection",
    files=tuple(MODELS.values()),
    content="the face detector",
    megabytes=35,
    section=DETECTORS,
    error=DetectorError,
    # Python version and platform only pick one wheel of that release: all of them hold the same models.
    options=("--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"),
)


def located(name: str) -> Path | None:
    """Return the model of the detector `name` if it is on this machine already; nothing is fetched."""
    return _WHEEL.located(MODELS[name])


def find(name: str) -> Path:
    """Return the model of the detector `name`, which is fetched unless it is on this machine.

    Where FERVID_ASSETS names a folder, the model comes from there and nothing is fetched.

    Raises:
        DetectorError: The folder that FERVID_ASSETS names lacks it or holds another file, or it cannot be fetched or
            written.
    """
    return _WHEEL.find(MODELS[name])
