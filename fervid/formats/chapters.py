"""The markers of a recording as the chapters of a video file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from fervid.core.markers import Marker

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.container.core import Chapter

_BEGINNING: Final = "beginning"
"""The title of the chapter before the first marker, because the first chapter of an MP4 file begins at 0."""

_MILLISECOND: Final = Fraction(1, 1000)


def add_chapters(container: OutputContainer, markers: Sequence[Marker], end: Fraction) -> None:
    """Add a chapter from each marker to the next, and one before the first.

    Call it before the container is closed, which writes them.
    Markers before the beginning and after the end are left out; the names of those at one time are joined.

    Args:
        container: The container, which must not be fragmented, because FFmpeg then writes no chapters.
        markers: The markers, on the clock of the container.
        end: The end of the video, in seconds.
    """
    names: dict[int, list[str]] = {}
    for marker in markers:
        if 0 <= marker.time < end:
            names.setdefault(round(marker.time / _MILLISECOND), []).append(marker.name)
    if not names:
        return
    names.setdefault(0, [_BEGINNING])
    starts = sorted(names)
    chapters: list[Chapter] = [
        {
            "id": number,
            "start": start,
            "end": stop,
            "time_base": _MILLISECOND,
            "metadata": {"title": "; ".join(names[start])},
        }
        for number, (start, stop) in enumerate(zip(starts, [*starts[1:], round(end / _MILLISECOND)], strict=False), 1)
    ]
    container.set_chapters(chapters)
