"""Conversion of image files of any size and colour into faces of one size."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.pixels import MAX_PIXELS
from fervid.crop.crops import crop
from fervid.data.dataset import COLOUR, SIZE
from fervid.data.faces import Faces, Skipped, Skips
from fervid.detect.base import Detector
from fervid.engines.manifest import CHANNELS
from fervid.errors import DataError, SourceError
from fervid.sources.picture_files import read_picture

NO_FACE: Final = "no face was found in it"
"""The reason for skipping an image in which the detector finds no face."""

_DETECTION_SIZE: Final = 192
"""The side in pixels to which a smaller face is enlarged, because detectors expect larger ones than FER2013's."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """A converter from images to faces.

    Attributes:
        size: Width and height of a face in pixels.
        colour: ``grey`` or ``rgb``.
        detector: Finds the face in each image, which is cropped as FER2013 frames faces. If None, the largest square in
            the middle of the image is the face.
        max_pixels: The number of pixels that an image may have.
    """

    size: int = SIZE
    colour: str = COLOUR
    detector: Detector | None = None
    max_pixels: int = MAX_PIXELS

    def read(
        self, files: Sequence[Path], names: Sequence[str], skips: Skips
    ) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """Read the face in each file; images in which no face is found are always skipped.

        Args:
            files: The image files.
            names: Their names in `skips`.
            skips: The policy for images that do not decode.

        Returns:
            (N, channels, size, size) uint8, and the (N,) indices of these faces in `files`.

        Raises:
            DataError: An image cannot be read and `skips` does not allow it.
        """
        images = np.empty((len(files), CHANNELS[self.colour], self.size, self.size), np.uint8)
        kept: list[int] = []
        for place, (file, name) in enumerate(zip(files, names, strict=True)):
            with skips.at(name):
                face = self._face(_picture(file, self.max_pixels))
                if face is None:
                    skips.items.append(Skipped(name, NO_FACE))
                else:
                    images[len(kept)] = face
                    kept.append(place)
        return images[: len(kept)], np.array(kept, np.intp)

    def fit(self, faces: Faces, skips: Skips) -> Faces:
        """Return `faces`, which are cropped already, in this size and colour.

        With a detector they are cropped again, as in a video; those in which it finds no face are left out, and added
        to `skips`.
        """
        shape = (CHANNELS[self.colour], self.size, self.size)
        if self.detector is None and faces.images.shape[1:] == shape:
            return faces
        images = np.empty((len(faces), *shape), np.uint8)
        kept: list[int] = []
        for place, (image, name) in enumerate(zip(faces.images, faces.names, strict=True)):
            face = self._face(_bgr(image) if self.detector is None else _enlarged(image))
            if face is None:
                skips.items.append(Skipped(str(name), NO_FACE))
            else:
                images[len(kept)] = face
                kept.append(place)
        return dataclasses.replace(faces.take(np.array(kept, np.intp)), images=images[: len(kept)])

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


def _enlarged(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a cropped face as an image that suits a detector: enlarged, with a border around it."""
    side = max(_DETECTION_SIZE, face.shape[-1])
    large = cv2.resize(_bgr(face), (side, side), interpolation=cv2.INTER_CUBIC)
    margin = side // 4  # detectors expect to see more than the face
    padded = cv2.copyMakeBorder(large, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    return np.asarray(padded, np.uint8)


def _bgr(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Convert a (channels, size, size) face, grey or RGB, to OpenCV's (size, size, 3) BGR."""
    three = np.broadcast_to(face[::-1], (3, *face.shape[1:]))
    return np.ascontiguousarray(three.transpose(1, 2, 0))


def _picture(file: Path, max_pixels: int) -> NDArray[np.uint8]:
    try:
        return read_picture(file, max_pixels)
    except SourceError as error:
        raise DataError(error.problem, f"{error.remedy}, or leave it out with --skip-bad") from error
