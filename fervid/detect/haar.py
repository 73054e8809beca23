"""Faces by OpenCV's Haar cascades, which miss more than MediaPipe and take longer but need no download."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.crop.framing import BLAZEFACE_BOX, EYE_DISTANCE, EYES_CENTRE, HAAR_BOX, box_from_square, square_from_box
from fervid.detect.base import DetectorOptions, distinct
from fervid.errors import DetectorError

_FILES: Final = {"frontalface": "haarcascade_frontalface_alt2.xml", "eye": "haarcascade_eye.xml"}

_LONGEST_SIDE: Final = 480
_PYRAMID_STEP: Final = 1.1
_NEIGHBOURS: Final = 3
# The last stage's sum exceeds its threshold by this much for a score of 1 - 0.5 / e = 0.82.
_SURE_EXCESS: Final = 3.0
# A face's box is the mean of windows of several sizes; without the smaller of them it would come out too large.
_SMALLEST_WINDOW: Final = 0.7

_FACE_SIDE_FOR_EYES: Final = 160
_EYE_REACH: Final = 0.15


def create(options: DetectorOptions) -> HaarDetector:
    """Return the Haar detector."""
    return HaarDetector(
        options.detector_model, eyes=options.eyes, min_score=options.min_score, min_face=options.min_face
    )


def cascade(name: str) -> Path:
    """Return the file of OpenCV's cascade ``frontalface`` or ``eye``.

    Raises:
        DetectorError: This OpenCV carries no cascades; version 5 does not.
    """
    folder = getattr(getattr(cv2, "data", None), "haarcascades", "")
    path = Path(folder) / _FILES[name]
    if not folder or not path.is_file():
        raise DetectorError(
            f"OpenCV {cv2.__version__} comes without Haar cascades", "run: pip install 'opencv-contrib-python<5'"
        )
    return path


class HaarDetector(Closing):
    """Boosted cascades of Haar features (Viola and Jones 2001; Lienhart and Maydt 2002), for frontal faces only.

    The cascade searches a reduced copy of the picture. It draws a wider box than BlazeFace does; `detect` returns the
    box that BlazeFace would draw, so that boxes mean the same whatever found them.

    The score is 1 - 0.5 * exp(-excess / 3), where excess is what the cascade's last stage adds up to beyond that
    stage's threshold: 0.5 for a face that only just passes, 0.8 and more for most true faces.

    Args:
        model: The cascade; None for OpenCV's own. The score is calibrated for ``haarcascade_frontalface_alt2.xml``.
        eyes: Take a face only where two eyes are found in it, and return them as its key points.
        min_score: Leave out faces below this score, 0 to 1.
        min_face: Leave out faces whose box is narrower than this, in pixels.

    Raises:
        DetectorError: A cascade is missing or cannot be loaded.
    """

    name = "haar"

    def __init__(self, model: Path | None, *, eyes: bool, min_score: float, min_face: int) -> None:
        path = model or cascade("frontalface")
        self._faces = _load(path)
        self._threshold = _last_threshold(path)
        self._eyes = _load(cascade("eye")) if eyes else None
        self._min_score = min_score
        self._min_face = min_face

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces in `image`, the best first; see `Detector`."""
        image = Pixels.of(image).image
        scale = min(1.0, _LONGEST_SIDE / max(image.shape[:2]))
        candidates = self._candidates(_reduced_grey(image, scale), scale)
        faces = []
        # A cascade also marks parts of a face as faces.
        for candidate in distinct(sorted(candidates, key=lambda face: -face.score)):
            square = square_from_box(candidate.box, HAAR_BOX)
            box = box_from_square(square, BLAZEFACE_BOX)
            if candidate.score < self._min_score or box.width < self._min_face:
                continue
            keypoints = self._eyes_in(image, square) if self._eyes is not None else ()
            if keypoints is not None:
                faces.append(Face(box, candidate.score, keypoints))
        return faces

    def close(self) -> None:
        """Do nothing: OpenCV frees a cascade by itself."""

    def _candidates(self, grey: NDArray[np.uint8], scale: float) -> list[Face]:
        """Return faces with the cascade's own boxes, in pixels of the whole picture."""
        smallest = int(_SMALLEST_WINDOW * self._min_face * scale * HAAR_BOX.width / BLAZEFACE_BOX.width)
        boxes, _, sums = self._faces.detectMultiScale3(
            grey, _PYRAMID_STEP, _NEIGHBOURS, minSize=(smallest, smallest), outputRejectLevels=True
        )
        found = []
        for box, last_sum in zip(boxes, np.ravel(sums), strict=True):
            excess = max(0.0, float(last_sum) - self._threshold)
            score = 1.0 - 0.5 * math.exp(-excess / _SURE_EXCESS)
            found.append(Face(Box(*map(float, box)).scaled(1 / scale, 1 / scale), score))
        return found

    def _eyes_in(self, image: NDArray[np.uint8], square: Box) -> tuple[Point, Point] | None:
        """Return the person's right and left eye in the face that `square` frames; None unless both are in place."""
        assert self._eyes is not None
        band = Box(square.x, square.y + 0.15 * square.height, square.width, 0.5 * square.height)
        band = band.clipped(image.shape[1], image.shape[0])
        left, top = int(band.x), int(band.y)
        cut = image[top : int(band.bottom), left : int(band.right)]
        if cut.size == 0:
            return None
        scale = min(1.0, _FACE_SIDE_FOR_EYES / square.width)
        least, most = int(0.15 * square.width * scale), int(0.45 * square.width * scale)
        boxes = self._eyes.detectMultiScale(
            _reduced_grey(cut, scale), _PYRAMID_STEP, _NEIGHBOURS, minSize=(least, least), maxSize=(most, most)
        )
        centres = [Box(*map(float, box)).scaled(1 / scale, 1 / scale).centre for box in boxes]
        centres = [Point(left + centre.x, top + centre.y) for centre in centres]
        eyes = []
        for side in (-1, 1):
            expected = Point(
                square.x + (EYES_CENTRE.x + side * EYE_DISTANCE / 2) * square.width,
                square.y + EYES_CENTRE.y * square.height,
            )
            nearest = min(centres, key=expected.distance, default=None)
            if nearest is None or expected.distance(nearest) > _EYE_REACH * square.width:
                return None
            eyes.append(nearest)
        return eyes[0], eyes[1]


def _load(path: Path) -> cv2.CascadeClassifier:
    if not path.is_file():
        raise DetectorError(f"there is no cascade {path}", "check the path")
    # The constructor would turn OpenCV's error into Python's SystemError.
    classifier = cv2.CascadeClassifier()
    try:
        loaded = classifier.load(str(path))
    except cv2.error as error:
        raise _unreadable(path) from error
    if not loaded:
        raise _unreadable(path)
    return classifier


def _last_threshold(path: Path) -> float:
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
    try:
        stages = storage.getNode("cascade").getNode("stages")
        if not stages.isSeq():
            raise _unreadable(path)
        return float(stages.at(stages.size() - 1).getNode("stageThreshold").real())
    finally:
        storage.release()


def _unreadable(path: Path) -> DetectorError:
    return DetectorError(f"OpenCV 4 cannot read {path} as a cascade", "give a .xml as opencv_traincascade writes it")


def _reduced_grey(image: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    if scale < 1:
        size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
