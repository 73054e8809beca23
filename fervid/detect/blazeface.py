"""BlazeFace, run by OpenVINO where that is installed, or else by MediaPipe."""

from __future__ import annotations

import logging

from fervid.core.packages import not_importable, require_openvino
from fervid.detect import assets
from fervid.detect.base import Detector, DetectorOptions
from fervid.errors import DetectorError, MissingPackageError

_log = logging.getLogger(__name__)


def create_short_range(options: DetectorOptions) -> Detector:
    """Return BlazeFace's short-range model, made for faces near the camera."""
    return _create("mediapipe", options)


def create_full_range(options: DetectorOptions) -> Detector:
    """Return BlazeFace's full-range model, which finds smaller faces at three times the cost."""
    return _create("mediapipe-full", options)


def runtime() -> str:
    """Return the name of the package that runs the models of `assets`."""
    try:
        require_openvino()
    except MissingPackageError:
        return "MediaPipe"
    return "OpenVINO"


def _create(name: str, options: DetectorOptions) -> Detector:
    return _by_openvino(name, options) or _by_mediapipe(name, options)


def _by_openvino(name: str, options: DetectorOptions) -> Detector | None:
    """Return the detector, or None where OpenVINO cannot run it; models of the user's own are for MediaPipe alone."""
    if options.detector_model is not None:
        return None
    model = assets.find(name)
    try:
        from fervid.detect.openvino_detector import OpenVINODetector

        detector = OpenVINODetector(name, model, min_score=options.min_score, min_face=options.min_face)
    except (DetectorError, MissingPackageError) as error:
        _log.debug("the detector %s runs with MediaPipe: %s", name, error)
        return None
    _log.debug("the detector %s runs with OpenVINO", name)
    return detector


def _by_mediapipe(name: str, options: DetectorOptions) -> Detector:
    try:
        from fervid.detect.mediapipe import MediaPipeDetector
    except (ImportError, OSError) as error:
        raise not_importable(error) from error
    model = options.detector_model or assets.find(name)
    return MediaPipeDetector(name, model, min_score=options.min_score, min_face=options.min_face)
