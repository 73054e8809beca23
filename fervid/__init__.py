"""Emotion over time from video.

    import fervid

    for reading in fervid.read("clip.mp4"):
        print(f"{reading.time:.3f} s  face {reading.face_id}  {reading.emotion} {reading.confidence:.0%}")

    talk = fervid.timeline("clip.mp4", "clip.csv")  # a whole video, in memory and as CSV
    fervid.segments(talk)                           # the stretches in which a face shows one emotion
    fervid.summary(talk)                            # how long each face shows each emotion
    fervid.annotate("clip.mp4", "annotated.mp4")    # the video with the emotion of every face on it
    fervid.photo("family.jpg")                      # a still picture
    fervid.analyse_many("recordings/", "results/")  # many inputs; one that fails does not stop the others
    fervid.convert("clip.csv", "clip.eaf")          # a timeline in another format, here for ELAN
    fervid.plot("clip.csv", "clip.pdf")             # as a figure for a paper
    fervid.report("results/", "report.html")        # all timelines of a study on one page
    fervid.live()                                   # a camera or stream while it runs
    fervid.mark((first, second), "stimulus 1")      # one moment in several live sessions

Nothing heavy is imported until something is read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fervid.api import (
        analyse_many,
        annotate,
        convert,
        live,
        mark,
        photo,
        plot,
        read,
        report,
        segments,
        summary,
        timeline,
    )
    from fervid.core.geometry import Box, HeadPose, Point
    from fervid.core.markers import Marker
    from fervid.core.readings import Face, FaceReading, Frame, FrameReading
    from fervid.core.timecodes import Timecode
    from fervid.errors import (
        DetectorError,
        DeviceError,
        EngineError,
        FervidError,
        MissingPackageError,
        OutputError,
        SourceError,
        UsageError,
    )
    from fervid.formats.photo_table import PhotoReading
    from fervid.formats.timeline import Timeline
    from fervid.live.session import LiveSession
    from fervid.run.outcome import Outcome
    from fervid.run.reader import Reader
    from fervid.settings import Settings
    from fervid.smooth.face_summary import FaceSummary
    from fervid.smooth.segmentation import Segment
    from fervid.sources.common_clock import CommonClock

__version__ = "0.2.0"

_NAMES = {
    "fervid.api": (
        "analyse_many",
        "annotate",
        "convert",
        "live",
        "mark",
        "photo",
        "plot",
        "read",
        "report",
        "segments",
        "summary",
        "timeline",
    ),
    "fervid.core.geometry": ("Box", "HeadPose", "Point"),
    "fervid.core.markers": ("Marker",),
    "fervid.core.readings": ("Face", "FaceReading", "Frame", "FrameReading"),
    "fervid.core.timecodes": ("Timecode",),
    "fervid.errors": (
        "DetectorError",
        "DeviceError",
        "EngineError",
        "FervidError",
        "MissingPackageError",
        "OutputError",
        "SourceError",
        "UsageError",
    ),
    "fervid.formats.photo_table": ("PhotoReading",),
    "fervid.formats.timeline": ("Timeline",),
    "fervid.live.session": ("LiveSession",),
    "fervid.run.outcome": ("Outcome",),
    "fervid.run.reader": ("Reader",),
    "fervid.settings": ("Settings",),
    "fervid.smooth.face_summary": ("FaceSummary",),
    "fervid.smooth.segmentation": ("Segment",),
    "fervid.sources.common_clock": ("CommonClock",),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = [
    "Box",
    "CommonClock",
    "DetectorError",
    "DeviceError",
    "EngineError",
    "Face",
    "FaceReading",
    "FaceSummary",
    "FervidError",
    "Frame",
    "FrameReading",
    "HeadPose",
    "LiveSession",
    "Marker",
    "MissingPackageError",
    "Outcome",
    "OutputError",
    "PhotoReading",
    "Point",
    "Reader",
    "Segment",
    "Settings",
    "SourceError",
    "Timecode",
    "Timeline",
    "UsageError",
    "__version__",
    "analyse_many",
    "annotate",
    "convert",
    "live",
    "mark",
    "photo",
    "plot",
    "read",
    "report",
    "segments",
    "summary",
    "timeline",
]


# The functions `live` and `report` share their names with packages. Python binds a package to its name once, when it is
# imported for the first time; that happens here, so that the names are free for the functions from now on.
for _name in ("live", "report"):
    import_module(f"fervid.{_name}")
    del globals()[_name]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'fervid' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
