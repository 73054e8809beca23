"""Finding faces: MediaPipe's BlazeFace, or OpenCV's Haar cascades."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from fervid.core.packages import require
from fervid.detect.base import Detector
from fervid.errors import DetectorError, MissingPackageError
from fervid.settings import Settings

__all__ = ["DETECTORS", "Detector", "create", "for_live"]

_log = logging.getLogger(__name__)


def create(settings: Settings, *, depth: int = 0) -> Detector:
    """The detector that `settings` ask for, ready to run.

    Args:
        settings: Which, and what it leaves out.
        depth: How often it looks again, at squares of half the size, for faces that are small against the picture; 0
            for the whole picture alone. Haar cascades see small faces anyway, and look once.

    Raises:
        DetectorError: Its model cannot be had or does not load.
        MissingPackageError: A package or a system library is not installed.
    """
    detector = DETECTORS[settings.detector](settings)
    if not depth or detector.name == "haar":
        return detector
    from fervid.detect.tiles import TiledDetector

    return TiledDetector(detector, depth, settings.min_score)


def for_live(detector: Detector) -> Detector:
    """`detector` for one source whose pictures do not wait: squares are looked at in turn (`InTurn`), if at all."""
    from fervid.detect.in_turn import InTurn
    from fervid.detect.tiles import TiledDetector

    return InTurn(detector) if isinstance(detector, TiledDetector) else detector


def _auto(settings: Settings) -> Detector:
    if settings.detector_model is not None and settings.detector_model.suffix == ".xml":
        return _haar(settings)
    try:
        return _mediapipe(settings.replace(detector="mediapipe"))
    except (DetectorError, MissingPackageError) as error:
        if settings.detector_model is not None:
            raise
        _log.warning("using the Haar detector, which misses more faces: %s", error)
        return _haar(settings)


def _mediapipe(settings: Settings) -> Detector:
    require("mediapipe", "mediapipe")
    require("cv2", "opencv-contrib-python<5")
    from fervid.detect import assets
    from fervid.detect.mediapipe import MediaPipeDetector

    model = settings.detector_model or assets.find(settings.detector)
    return MediaPipeDetector(settings.detector, model, min_score=settings.min_score, min_face=settings.min_face)


def _haar(settings: Settings) -> Detector:
    require("cv2", "opencv-contrib-python<5")
    from fervid.detect.haar import HaarDetector

    return HaarDetector(
        settings.detector_model, eyes=settings.eyes, min_score=settings.min_score, min_face=settings.min_face
    )


DETECTORS: Final[dict[str, Callable[[Settings], Detector]]] = {
    "auto": _auto,
    "mediapipe": _mediapipe,
    "mediapipe-full": _mediapipe,
    "haar": _haar,
}
"""What makes each of the detectors that `Settings.detector` can name."""
