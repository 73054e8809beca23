"""BlazeFace by MediaPipe's Tasks interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box, Point
from fervid.core.late_imports import imported_later
from fervid.core.native_output import silenced
from fervid.core.packages import missing_package
from fervid.core.readings import Face
from fervid.crop.framing import BLAZEFACE_BOX, EYES_CENTRE
from fervid.detect.base import LONGEST_SIDE, accepted
from fervid.errors import DetectorError

# MediaPipe draws with matplotlib and records with sounddevice, neither of which detecting a face needs. To import
# matplotlib takes longer than all else that is loaded for an analysis.
with imported_later("matplotlib", "matplotlib.pyplot", "sounddevice"):
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions
    from mediapipe.tasks.python.vision import FaceDetector, FaceDetectorOptions

_WARM_UP_SIDES: Final = (64, 640, 96, 240)


class MediaPipeDetector(Closing):
    """BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047): box, score and six key points of each face.

    Args:
        name: The name on the command line.
        model: The .tflite file.
        min_score: Leave out faces below this score, 0 to 1.
        min_face: Leave out faces whose box is narrower than this, in pixels.

    Raises:
        DetectorError: `model` is missing or is no face detector that MediaPipe can load.
        MissingPackageError: A system library that MediaPipe loads is missing.
    """

    def __init__(self, name: str, model: Path, *, min_score: float, min_face: int) -> None:
        self._name = name
        self._min_score = min_score
        self._min_face = min_face
        self._detector: Any = None
        if not model.is_file():
            raise DetectorError(f"there is no detector model {model}", "check the path")
        options = FaceDetectorOptions(BaseOptions(model_asset_path=str(model)), min_detection_confidence=min_score)
        try:
            with silenced():
                self._detector = FaceDetector.create_from_options(options)
                # MediaPipe logs once more when its memory first lies unaligned, usually at one of the first pictures.
                for side in _WARM_UP_SIDES:
                    self._detector.detect(_picture(Pixels(np.zeros((side, side, 3), np.uint8))))
        except OSError as error:
            raise missing_package("mediapipe", "mediapipe", error) from error
        except (ValueError, RuntimeError) as error:
            self.close()
            raise DetectorError(
                f"{model} cannot be loaded as a face detector ({error})",
                "give a BlazeFace model of MediaPipe's (.tflite)",
            ) from error

    @property
    def name(self) -> str:
        """The name on the command line."""
        return self._name

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces in `image`, the best first; see `Detector`."""
        if self._detector is None:
            raise ValueError("the detector is closed")
        pixels = Pixels.of(image)
        picture = _picture(pixels)
        height, width = pixels.height, pixels.width
        scale_x, scale_y = width / picture.width, height / picture.height
        faces = []
        for detection in self._detector.detect(picture).detections:
            keypoints = tuple(Point(point.x * width, point.y * height) for point in detection.keypoints)
            found = detection.bounding_box
            box = Box(found.origin_x, found.origin_y, found.width, found.height).scaled(scale_x, scale_y)
            faces.append(Face(_unclamped(box, keypoints), float(detection.categories[0].score), keypoints))
        return accepted(faces, self._min_score, self._min_face)

    def close(self) -> None:
        """Release the model. May be called twice."""
        if self._detector is not None:
            with silenced():
                self._detector.close()
            self._detector = None


def _picture(pixels: Pixels) -> Any:
    return mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels.reduced(LONGEST_SIDE).rgb)


def _unclamped(box: Box, keypoints: tuple[Point, ...]) -> Box:
    """Return `box` where its eyes say that it is: MediaPipe moves a box that begins outside the picture to its edge."""
    if len(keypoints) < 2 or (box.x > 0 and box.y > 0):
        return box
    right, left = keypoints[:2]
    side = box.width / BLAZEFACE_BOX.width
    x = (right.x + left.x) / 2 + (BLAZEFACE_BOX.x - EYES_CENTRE.x) * side
    y = (right.y + left.y) / 2 + (BLAZEFACE_BOX.y - EYES_CENTRE.y) * side
    return box._replace(x=min(x, box.x) if box.x <= 0 else box.x, y=min(y, box.y) if box.y <= 0 else box.y)
