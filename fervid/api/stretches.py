"""The functions for timelines that exist already."""

from __future__ import annotations

from fervid.api.keywords import argument
from fervid.core.durations import SHORTEST_BOUNDS, SHORTEST_S
from fervid.core.readings import FrameReading
from fervid.core.values import shown
from fervid.errors import UsageError
from fervid.formats.timeline import Timeline
from fervid.smooth.face_summary import FaceSummary, summarise
from fervid.smooth.segmentation import Segment, find_segments


def segments(timeline: Timeline, *, shortest: float = SHORTEST_S) -> tuple[Segment, ...]:
    """Return the stretches of time in which each face of a timeline shows one emotion.

    >>> timeline = fervid.timeline("clip.mp4")
    >>> for segment in fervid.segments(timeline, shortest=0.2):
    ...     print(f"face {segment.face_id}  {segment.start:.2f} to {segment.end:.2f} s  {segment.emotion}")
    face 1  0.00 to ...

    A segment ends where the emotion changes, where the face has no reading, and where the recording has a gap. Segments
    that are too short are absorbed by their neighbours; docs/timeline.md says how. ``uncertain`` counts as an emotion.

    Args:
        timeline: The timeline, as `fervid.timeline` or `Timeline.load` returns it.
        shortest: The length of the shortest segment, in seconds; with 0, every change begins a segment.

    Returns:
        The segments in the order of `face_id` and, for each face, of time.

    Raises:
        UsageError: An argument is of another type, or `shortest` is negative.
    """
    return find_segments(*_checked("segments", timeline, shortest))


def summary(timeline: Timeline, *, shortest: float = SHORTEST_S) -> tuple[FaceSummary, ...]:
    """Return the totals of each face of a timeline: the seconds of each emotion, the changes, the longest segment.

    >>> timeline = fervid.timeline("clip.mp4")
    >>> for face in fervid.summary(timeline):
    ...     print(f"face {face.face_id}  happy {face.share('happy'):.0%} of {face.total:.2f} s")
    face 1  happy ...

    Args:
        timeline: The timeline, as `fervid.timeline` or `Timeline.load` returns it.
        shortest: The length of the shortest segment, in seconds, for the changes and the longest segment.

    Returns:
        The totals in the order of `face_id`. If there is no face, there is a single one without a `face_id`.

    Raises:
        UsageError: An argument is of another type, or `shortest` is negative.
    """
    frames, length = _checked("summary", timeline, shortest)
    return summarise(frames, timeline.classes, length)


def _checked(function: str, timeline: Timeline, shortest: float) -> tuple[tuple[FrameReading, ...], float]:
    if not isinstance(timeline, Timeline):
        raise UsageError(f"{function} takes a fervid.Timeline, not {shown(timeline)}", "load one with Timeline.load")
    return timeline.frames, argument("shortest", shortest, float, bounds=SHORTEST_BOUNDS)
