"""Faces in a single picture, small ones included."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import Face, Frame
from fervid.detect.detector_pair import DetectorPair
from fervid.detect.vigilance import STILL


def still_faces(pair: DetectorPair, image: NDArray[np.uint8]) -> list[Face]:
    """Return the faces that are found in a picture, as `fervid photo` searches it, the best first."""
    (searched,) = pair.search(STILL).add(Frame(image, 0, 0, Fraction(1)))
    return list(searched.faces)
