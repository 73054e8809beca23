"""Emotion over time from video.

    import fervid

    for reading in fervid.read("clip.mp4"):
        print(f"{reading.time:.3f} s  face {reading.face_id}  {reading.emotion} {reading.confidence:.0%}")

    fervid.read_timeline("clip.mp4").to_pandas()

Nothing heavy is imported until something is read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fervid.api import read, read_photo, read_timeline
    from fervid.core.geometry import Box, Point
    from fervid.core.readings import Face, FaceReading, Frame, FrameReading
    from fervid.core.timecodes import Timecode
    from fervid.errors import FervidError
    from fervid.formats.timeline import Timeline
    from fervid.settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "read": "fervid.api",
    "read_photo": "fervid.api",
    "read_timeline": "fervid.api",
    "FervidError": "fervid.errors",
    "Box": "fervid.core.geometry",
    "Point": "fervid.core.geometry",
    "Face": "fervid.core.readings",
    "FaceReading": "fervid.core.readings",
    "Frame": "fervid.core.readings",
    "FrameReading": "fervid.core.readings",
    "Settings": "fervid.settings",
    "Timecode": "fervid.core.timecodes",
    "Timeline": "fervid.formats.timeline",
}

__all__ = [
    "Box",
    "Face",
    "FaceReading",
    "FervidError",
    "Frame",
    "FrameReading",
    "Point",
    "Settings",
    "Timecode",
    "Timeline",
    "__version__",
    "read",
    "read_photo",
    "read_timeline",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'fervid' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
