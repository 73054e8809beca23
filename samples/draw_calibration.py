"""Draw the faces that int8 is calibrated on where nobody gives others: python samples/draw_calibration.py."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

if __package__ in (None, ""):  # run as a script: the folder above holds the package `samples`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from fervid.engines import calibration_faces
from fervid.engines.calibration_faces import ACROSS, PICTURE, SIZE
from samples.labelled_faces import draw_labelled_faces

ROWS: Final = 8  # 128 faces; with 64 or 256 of them, an engine's accuracy differs by less than 0.3 points


def draw() -> NDArray[np.uint8]:
    """Return the picture of all faces, (height, width) uint8."""
    faces = draw_labelled_faces({"training": ROWS * ACROSS}).images
    return faces.reshape(ROWS, ACROSS, SIZE, SIZE).swapaxes(1, 2).reshape(ROWS * SIZE, ACROSS * SIZE)


def main() -> None:
    """Write the picture beside the module that reads it."""
    _, content = cv2.imencode(".png", draw(), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    Path(calibration_faces.__file__).with_name(PICTURE).write_bytes(content.tobytes())


if __name__ == "__main__":
    main()
