"""Finding faces: MediaPipe's BlazeFace, or OpenCV's Haar cascades."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from fervid.core.registry import Registry
from fervid.errors import DetectorError, MissingPackageError

if TYPE_CHECKING:
    from fervid.detect.base import Create, Detector, DetectorOptions

_log = logging.getLogger(__name__)

DETECTORS: Final[Registry[Create]] = Registry(
    "detector",
    {
        "mediapipe": "fervid.detect.mediapipe:create_short_range",
        "mediapipe-full": "fervid.detect.mediapipe:create_full_range",
        "haar": "fervid.detect.haar:create",
    },
)
"""The detectors by the names that ``--detector`` takes."""


def create(options: DetectorOptions, *, depth: int = 0) -> Detector:
    """Return the detector that `options` ask for, ready to run.

    Args:
        options: The detector's name, or ``auto``, and its thresholds.
        depth: How often a detector that misses faces which are small against the picture looks again, at squares of
            half the size; 0 for the whole picture alone.

    Raises:
        DetectorError: Its model cannot be had or does not load.
        MissingPackageError: A package or a system library is not installed.
        UsageError: No detector has that name.
    """
    if options.detector == "auto":
        return _create_best(options, depth)
    return DETECTORS.get(options.detector)(options, depth)


def for_live(detector: Detector) -> Detector:
    """Return `detector` for one live source: where it looks at squares, it looks at them in turn (`InTurn`)."""
    from fervid.detect.in_turn import InTurn
    from fervid.detect.tiles import TiledDetector

    return InTurn(detector) if isinstance(detector, TiledDetector) else detector


def _create_best(options: DetectorOptions, depth: int) -> Detector:
    """Return MediaPipe, or the Haar detector where MediaPipe cannot be had or the model is a cascade."""
    model = options.detector_model
    if model is not None and model.suffix == ".xml":
        return DETECTORS.get("haar")(options, depth)
    try:
        return DETECTORS.get("mediapipe")(options, depth)
    except (DetectorError, MissingPackageError) as error:
        if model is not None:
            raise
        _log.warning("using the Haar detector, which misses more faces: %s", error)
        return DETECTORS.get("haar")(options, depth)
