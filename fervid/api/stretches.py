"""The functions for timelines that exist already."""

from __future__ import annotations

from fervid.api.keywords import argument
from fervid.core.durations import SHORTEST_BOUNDS, SHORTEST_S
from fervid.core.values import shown
from fervid.errors import UsageError
from fervid.formats.timeline import Timeline
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
    if not isinstance(timeline, Timeline):
        raise UsageError(f"segments takes a fervid.Timeline, not {shown(timeline)}", "load one with Timeline.load")
    return find_segments(timeline.frames, argument("shortest", shortest, float, bounds=SHORTEST_BOUNDS))
