"""The interface of face detectors, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.frame_pixels import Pixels
from fervid.core.readings import Face
from fervid.core.regions import Regions

LONGEST_SIDE: Final = 640
"""The longest side of the copy of a picture that BlazeFace is shown, in pixels.

Its network sees 128x128 pixels (short range) or 192x192 (full range) of any picture, so nothing is lost in a smaller
copy, and large pictures are spared the conversion and the copying of every pixel.
"""

_SAME_FACE: Final = 0.5
"""The share of the smaller of two boxes that both cover when they are boxes of one face."""


class Detector(Closing, Protocol):
    """Finds the faces in one picture; knows nothing of the pictures before it."""

    @property
    def name(self) -> str:
        """The name on the command line."""
        ...

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces in `image`, the best first.

        Args:
            image: (height, width, 3) uint8, blue green red, of any size, or pixels, of which only what is looked at is
                converted. It is not written to.

        Returns:
            Faces in pixels of `image`, at or above the detector's least score and smallest size.
        """
        ...

    def close(self) -> None:
        """Release the model. May be called twice."""
        ...


class DetectorOptions(Protocol):
    """The options that a detector is made from, as `fervid.settings.Settings` has them."""

    @property
    def detector(self) -> str:
        """A name in `fervid.detect.DETECTORS`, or ``auto``."""
        ...

    @property
    def detector_model(self) -> Path | None:
        """The user's own model; None for the detector's usual one."""
        ...

    @property
    def search(self) -> str:
        """A name in `fervid.detect.SMALLEST`."""
        ...

    @property
    def regions(self) -> Regions:
        """The parts of a picture in which faces count."""
        ...

    @property
    def eyes(self) -> bool:
        """True for a Haar detector that takes a face only where it finds two eyes in it."""
        ...

    @property
    def min_face(self) -> int:
        """The width of the smallest face, in pixels."""
        ...

    @property
    def min_score(self) -> float:
        """The least score of a face, 0 to 1."""
        ...


Create: TypeAlias = Callable[[DetectorOptions], Detector]
"""Makes a detector from its options."""


def accepted(faces: Iterable[Face], min_score: float, min_face: int) -> list[Face]:
    """Return the faces that are good and large enough, the best first."""
    found = (face for face in faces if face.box.width >= min_face and face.score >= min_score)
    return sorted(found, key=lambda face: -face.score)


def distinct(faces: Iterable[Face]) -> list[Face]:
    """Return the faces that do not lie on a face before them; give the best first."""
    kept: list[Face] = []
    for face in faces:
        if not any(is_same_face(face, other) for other in kept):
            kept.append(face)
    return kept


def is_same_face(one: Face, other: Face) -> bool:
    """Return True if two boxes lie on each other so far that both are of one face."""
    smaller = min(one.box.area, other.box.area)
    return one.box.intersection(other.box).area >= _SAME_FACE * smaller
