"""The drawn faces that int8 is calibrated on unless others are given, so that it takes no data of one's own.

`samples/draw_calibration.py` draws them. In accuracy on FER2013, they do as well as its own faces
(`docs/engines.md`).
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.engines.backends import Calibration
from fervid.engines.manifest import InputSpec

PICTURE: Final = "calibration_faces.png"
"""The file beside this module that shows all of them, side by side."""

SIZE: Final = 48
"""Width and height of a drawn face in pixels, those of FER2013."""

ACROSS: Final = 16
"""The number of faces in a row of the picture."""


def default_calibration(precision: str, spec: InputSpec) -> Calibration | None:
    """Return the drawn faces if a precision needs faces to calibrate on, else None.

    Args:
        precision: One of `fervid.engines.compiled.PRECISIONS`.
        spec: The images that the network takes.
    """
    return drawn_calibration(spec) if precision == "int8" else None


def drawn_calibration(spec: InputSpec) -> Calibration:
    """Return the drawn faces in the size and colour of an engine's input.

    Args:
        spec: The images that the network takes.
    """
    crops = np.stack([_resized(face, spec.size) for face in _faces()])
    return Calibration(np.repeat(crops[:, None], spec.channels, axis=1), f"{len(crops)} drawn faces")


def _faces() -> NDArray[np.uint8]:
    """Return the faces, (N, 48, 48)."""
    content = files("fervid.engines").joinpath(PICTURE).read_bytes()
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    rows = np.asarray(picture, np.uint8).reshape(-1, SIZE, ACROSS, SIZE)
    return rows.swapaxes(1, 2).reshape(-1, SIZE, SIZE)


def _resized(face: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    way = cv2.INTER_AREA if size < SIZE else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(face, (size, size), interpolation=way), np.uint8)
