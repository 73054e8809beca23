"""The video that was recorded live together with a timeline, and that players show beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid.formats.parsed_rows import parse_number

_SUFFIX: Final = ".mp4"
"""The suffix of live recordings."""

_ROUNDING_S: Final = 0.001
"""The most by which a time of a timeline is rounded, in seconds."""


@dataclass(frozen=True, slots=True)
class LiveVideo:
    """A video that was recorded live.

    Attributes:
        path: The file.
        begin: The time of its first frame on the clock of its timeline, in seconds.
    """

    path: Path
    begin: float


def video_beside(timeline: Path, facts: Mapping[str, Any] | None, first: float | None) -> LiveVideo | None:
    """Return the video that was recorded live together with a timeline and lies beside it; None if there is none.

    It is called like the timeline, and a tag says when it began. A timeline that was read from a video counts from the
    beginning of that one instead, whatever lies beside it. Where nothing says how a timeline was made, it counts as
    live unless it begins before the video does, as one that was read from the recorded video would.

    Args:
        timeline: The file of the timeline.
        facts: The facts that say how it was made; None where they are unknown.
        first: The time of its first frame, in seconds; None if it has none.
    """
    if facts is not None and not facts.get("started"):
        return None
    path = timeline.with_suffix(_SUFFIX)
    begin = begin_of(path) if path.is_file() else None
    if begin is None or (facts is None and (first is None or first < begin - _ROUNDING_S)):
        return None
    return LiveVideo(path, begin)


def begin_of(path: Path) -> float | None:
    """Return the time at which a live recording began on the clock of its timeline, in seconds.

    It is None for a video that is no live recording, and for a file that cannot be opened.
    """
    import av  # here, because the functions for timelines load nothing heavy

    from fervid.video.containers import BEGIN_TAG, open_file, read_tag

    try:
        with open_file(path) as container:
            return parse_begin(read_tag(container, BEGIN_TAG))
    except (av.FFmpegError, OSError):
        return None


def parse_begin(tag: str | None) -> float | None:
    """Return the time in seconds that the tag of a live recording gives; None where it gives none."""
    try:
        begin = None if tag is None else parse_number(tag, "begin")
    except ValueError:
        return None
    return None if begin is None or begin < 0 else begin
