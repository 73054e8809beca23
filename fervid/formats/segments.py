"""CSV (RFC 4180) of segments: a row for each stretch of time in which a face shows one emotion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from typing_extensions import override

from fervid.core.cells import escape_cell
from fervid.formats.csv import BY_NAME
from fervid.formats.rows import fixed_point, time_digits
from fervid.formats.segment_writer import SegmentWriter
from fervid.smooth.segmentation import Segment

COLUMNS: Final = (
    "file",
    "face_id",
    "start_s",
    "end_s",
    "emotion",
    "mean_probability",
    "peak_probability",
    "frames",
)
"""The columns of the file."""

MARKER: Final = "marker"
"""The column with the names of markers, which comes last where there are any."""


class SegmentsWriter(SegmentWriter):
    """A writer of segments as CSV, in the order of `face_id` and time, then the markers.

    Its times are those of the timeline.
    """

    plays = False

    @override
    def _content(self, segments: Sequence[Segment], until: float) -> Iterator[str]:
        video, digits = self._context.video, time_digits(self._context.interval)
        dialect = BY_NAME[self._context.dialect]
        name = "" if video is None else escape_cell(str(video))

        def number(value: float, digits: int) -> str:
            return fixed_point(value, digits).replace(".", dialect.decimal)

        last = [MARKER] if self._markers else []
        yield dialect.mark + dialect.line([*COLUMNS, *last])
        for segment in segments:
            times = (number(time, digits) for time in (segment.start, segment.end))
            probabilities = (number(value, 4) for value in (segment.mean_probability, segment.peak_probability))
            cells = (name, str(segment.face_id), *times, segment.emotion, *probabilities, str(segment.frames))
            yield dialect.line([*cells, *([""] if last else [])])
        for marker in self._markers:
            time = number(marker.time, digits)
            yield dialect.line((name, "", time, time, "", "", "", "", escape_cell(marker.name)))


open_writer = SegmentsWriter
