"""Finding faces: MediaPipe's BlazeFace, or OpenCV's Haar cascades."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fervid.core.regions import EVERYWHERE, Regions
from fervid.core.registry import Registry
from fervid.detect.vigilance import RECORDED, Vigilance
from fervid.errors import DetectorError, MissingPackageError

if TYPE_CHECKING:
    from fervid.detect.base import Create, Detector, DetectorOptions
    from fervid.detect.search import Search

_log = logging.getLogger(__name__)

DETECTORS: Final[Registry[Create]] = Registry(
    "detector",
    {
        "mediapipe": "fervid.detect.blazeface:create_short_range",
        "mediapipe-full": "fervid.detect.blazeface:create_full_range",
        "haar": "fervid.detect.haar:create",
    },
)
"""The detectors by the names that ``--detector`` takes."""

FOLLOWING: Final = ("mediapipe", "mediapipe-full")
"""The detectors whose faces are followed in close-ups."""


SMALLEST: Final[dict[str, int | None]] = {"fast": None, "normal": 50, "thorough": 25}
"""The width of the smallest face that each `--search` looks for, in pixels; None for what the whole picture shows.

A larger `--min-face` takes the place of the width.
"""

_CANDIDATE_SCORE: Final = 0.3
"""The least score at which a close-up is worth while."""


def create(options: DetectorOptions) -> Detector:
    """Return the detector that `options` ask for, ready to run.

    Args:
        options: The detector's name, or ``auto``, and its thresholds.

    Raises:
        DetectorError: Its model cannot be had or does not load.
        MissingPackageError: A package or a system library is not installed.
        UsageError: No detector has that name.
    """
    if options.detector == "auto":
        return _create_best(options)
    return DETECTORS.get(options.detector)(options)


def preferred(options: DetectorOptions) -> str:
    """Return the name of the detector that ``auto`` tries first: MediaPipe, or Haar if the model is a cascade."""
    model = options.detector_model
    return "haar" if model is not None and model.suffix == ".xml" else "mediapipe"


def create_scout(options: DetectorOptions, detector: Detector) -> Detector | None:
    """Return the detector that looks for small faces, whose finds `detector` confirms; None if it does so itself.

    Args:
        options: The options that `detector` was made from.
        detector: The detector.
    """
    if detector.name != "mediapipe" or options.detector_model is not None:
        return None
    try:
        return DETECTORS.get("mediapipe-full")(Scouting(options.min_face, _CANDIDATE_SCORE))
    except DetectorError as error:  # the folder of an offline machine may hold only the other model
        _log.debug("without the full-range model, small faces cost more looks: %s", error)
        return None


@dataclass(frozen=True, slots=True)
class Scouting:
    """The options of the detector that looks for small faces."""

    min_face: int
    min_score: float
    detector: str = "mediapipe-full"
    detector_model: Path | None = None
    eyes: bool = False
    search: str = "normal"
    regions: Regions = EVERYWHERE


def create_search(
    detector: Detector, scout: Detector | None, options: DetectorOptions, vigilance: Vigilance = RECORDED
) -> Search:
    """Return a new search for the frames of one source, or for one picture.

    Args:
        detector: The detector; a cascade searches every frame whole, because it finds small faces anyway.
        scout: The detector that looks for small faces, as `create_scout` returns it.
        options: The options that `detector` was made from.
        vigilance: The effort to miss no face.
    """
    from fervid.detect.following import Following
    from fervid.detect.search import EveryFrame

    if detector.name not in FOLLOWING:
        return EveryFrame(detector)
    smallest = SMALLEST[options.search]
    if smallest is not None:  # narrower faces would be found and then ignored
        smallest = max(smallest, options.min_face)
    score, regions = options.min_score, options.regions
    return Following(detector, scout, smallest, min_score=score, vigilance=vigilance, regions=regions)


def _create_best(options: DetectorOptions) -> Detector:
    """Return MediaPipe, or the Haar detector where MediaPipe cannot be had or the model is a cascade."""
    name = preferred(options)
    try:
        return DETECTORS.get(name)(options)
    except (DetectorError, MissingPackageError) as error:
        if name == "haar" or options.detector_model is not None:
            raise
        _log.warning("using the Haar detector, which misses more faces: %s", error)
        return DETECTORS.get("haar")(options)
