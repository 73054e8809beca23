"""The base class of the writers whose files hold stretches of time, and not frames."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import ClassVar, Final

from typing_extensions import override

from fervid.core.readings import FrameReading
from fervid.formats.context import Context
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.output import Output
from fervid.smooth.segmentation import Segment, Segmentation, in_order

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""The characters that XML 1.0 cannot hold, not even escaped."""


class SegmentWriter(TimelineWriter):
    """A writer of the segments of a timeline. A format overrides `_content`.

    Until the end, it holds the segments alone, and nothing of the frames.

    Args:
        output: The place that the segments are written to.
        context: `Context.shortest` is the length of the shortest segment.

    Attributes:
        plays: True if times must count from the beginning of the video, as players count, and not on its own clock.
    """

    plays: ClassVar[bool] = True

    def __init__(self, output: Output, context: Context) -> None:
        super().__init__(output)
        self._context = context
        self._markers = context.markers
        self._segmentation = Segmentation(context.shortest)
        self._segments: list[Segment] = []

    @override
    def _append(self, reading: FrameReading) -> None:
        self._segments.extend(self._segmentation.add(reading))

    @override
    def _write_end(self, *, partial: bool) -> None:
        self._segments.extend(self._segmentation.finish())
        zero = self._context.zero if self.plays else 0.0
        found = in_order(self._segments)
        if zero:
            found = tuple(_shifted(segment, zero) for segment in found)
        if self.plays:  # before the beginning no video plays, and several segments would share its first moment
            found = tuple(segment for segment in found if milliseconds(segment.end) > 0)
        self._markers = tuple(marker.shifted(-zero) for marker in self._context.markers)
        until = 0.0 if self._segmentation.end is None else self._segmentation.end - zero
        for part in self._content(found, until):
            self._stream.write(part.encode("utf-8", "replace") if isinstance(part, str) else part)

    def _moments(self, unit: float) -> list[tuple[float, str]]:
        """Return the times and the names of the markers, for formats in which no two have the same time.

        Those before the beginning are left out; the names of those at one time are joined.

        Args:
            unit: The unit of times in the file, in seconds.
        """
        moments: dict[int, list[str]] = {}
        for marker in self._markers:
            if marker.time >= 0:
                moments.setdefault(round(marker.time / unit), []).append(marker.name)
        return [(ticks * unit, "; ".join(names)) for ticks, names in sorted(moments.items())]

    @abstractmethod
    def _content(self, segments: Sequence[Segment], until: float) -> Iterator[str | bytes]:
        """Yield the content of the file.

        Args:
            segments: The segments, in the order of `face_id` and time.
            until: The end of the last analysed frame, in seconds; 0 without a frame.
        """


def by_face(segments: Iterable[Segment]) -> Iterator[tuple[str, list[Segment]]]:
    """Yield the name and the segments of each face, such as ``face 1``."""
    for face_id, found in groupby(segments, lambda segment: segment.face_id):
        yield face_name(face_id), list(found)


def face_name(face_id: int) -> str:
    """Return the name of a face for people."""
    return f"face {face_id}"


def milliseconds(seconds: float) -> int:
    """Return a time in whole milliseconds; one before the beginning of the video as 0."""
    return max(0, round(seconds * 1000))


def without_control(text: str) -> str:
    """Return a text without the characters that XML cannot hold, which are replaced by question marks."""
    return _NOT_IN_XML.sub("?", text)


def _shifted(segment: Segment, zero: float) -> Segment:
    return replace(segment, start=max(0.0, segment.start - zero), end=segment.end - zero)
