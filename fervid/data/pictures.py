"""From picture files of any size and colour to faces of one size."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.crop.crops import crop
from fervid.data.faces import Faces, Skipped, Skips
from fervid.detect.base import Detector
from fervid.errors import DataError, SourceError
from fervid.sources.picture_files import read_picture

CHANNELS: Final = {"grey": 1, "rgb": 3}
"""How many channels a face has in each colour."""

NO_FACE: Final = "no face was found in it"
"""Why a picture is skipped in which the detector finds none."""

_LOOKED_AT: Final = 192
"""Detectors are made for larger faces than those of FER2013: pixels that one is enlarged to."""

_MARGIN: Final = 48
"""Pixels around it, for detectors that want to see more than a face."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """How pictures become faces.

    Attributes:
        size: Width and height of a face in pixels.
        colour: ``grey`` or ``rgb``.
        detector: Finds the face in each picture, which is cut out as FER2013 frames faces; where it is None, the
            largest square in the middle of the picture is the face.
    """

    size: int = 48
    colour: str = "grey"
    detector: Detector | None = None

    def read(
        self, files: Sequence[Path], names: Sequence[str], skips: Skips
    ) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """Read the face in each file; a picture in which no face is found is always skipped.

        Args:
            files: The pictures.
            names: What they are called in `skips`.
            skips: What to do with a picture that does not decode.

        Returns:
            (N, channels, size, size) uint8, and the places of these N among `files`.

        Raises:
            DataError: A picture cannot be read, and `skips` does not allow it.
        """
        images = np.empty((len(files), CHANNELS[self.colour], self.size, self.size), np.uint8)
        kept: list[int] = []
        for place, (file, name) in enumerate(zip(files, names, strict=True)):
            with skips.at(name):
                face = self._face(_picture(file))
                if face is None:
                    skips.items.append(Skipped(name, NO_FACE))
                else:
                    images[len(kept)] = face
                    kept.append(place)
        return images[: len(kept)], np.array(kept, np.intp)

    def fit(self, faces: Faces) -> Faces:
        """`faces`, which were cut by others, in this size and colour."""
        if faces.images.shape[1:] == (CHANNELS[self.colour], self.size, self.size):
            return faces
        images = [self._middle(_bgr(image)) for image in faces.images]
        return dataclasses.replace(faces, images=np.stack(images))

    def _face(self, image: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
        if self.detector is None:
            return self._middle(image)
        faces = self.detector.detect(image)
        return crop(image, faces[0], self.size, self.colour) if faces else None

    def _middle(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width = image.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        cut = image[top : top + side, left : left + side]
        if self.colour == "grey":
            cut = np.asarray(cv2.cvtColor(cut, cv2.COLOR_BGR2GRAY), np.uint8)[:, :, None]
        else:
            cut = cut[:, :, ::-1]
        if side != self.size:
            way = cv2.INTER_AREA if side > self.size else cv2.INTER_LINEAR
            resized = cv2.resize(np.ascontiguousarray(cut), (self.size, self.size), interpolation=way)
            cut = np.asarray(resized, np.uint8).reshape(self.size, self.size, -1)
        return cut.transpose(2, 0, 1)


def with_face(faces: Faces, detector: Detector, skips: Skips) -> Faces:
    """Those of `faces` in which `detector` finds one; the others go to `skips`."""
    found = np.array([bool(detector.detect(_surrounded(image))) for image in faces.images], np.bool_)
    skips.items += [Skipped(str(name), NO_FACE) for name in faces.names[~found]]
    return faces.take(found)


def _surrounded(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A cut face as a picture that a detector can make something of: larger, and with an edge around it."""
    large = cv2.resize(_bgr(face), (_LOOKED_AT, _LOOKED_AT), interpolation=cv2.INTER_CUBIC)
    padded = cv2.copyMakeBorder(large, _MARGIN, _MARGIN, _MARGIN, _MARGIN, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.uint8)


def _bgr(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face (channels, size, size), grey or red green blue, as OpenCV has pictures."""
    three = np.broadcast_to(face[::-1], (3, *face.shape[1:]))
    return np.ascontiguousarray(three.transpose(1, 2, 0))


def _picture(file: Path) -> NDArray[np.uint8]:
    try:
        return read_picture(file)
    except SourceError as error:
        raise DataError(error.problem, f"{error.remedy}, or leave it out with --skip-bad") from error
