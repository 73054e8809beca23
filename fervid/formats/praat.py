"""Praat: a TextGrid with an interval tier for each face, and a point tier for the markers.

The format is that of https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html. The intervals of a tier follow
each other from the beginning to the end; where a face shows nothing, the interval is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from typing_extensions import override

from fervid.formats.rows import fixed_point
from fervid.formats.segment_writer import SegmentWriter, by_face
from fervid.smooth.segmentation import Segment

_DIGITS: Final = 6

_NOBODY: Final = "no face"
"""The name of the tier of a recording without a face, because Praat shows no TextGrid without tiers."""


class PraatWriter(SegmentWriter):
    """A writer of TextGrid files, in UTF-8."""

    @override
    def _content(self, segments: Sequence[Segment], until: float) -> Iterator[str]:
        tiers = list(by_face(segments)) or [(_NOBODY, [])]
        moments = self._moments(10**-_DIGITS)
        last = moments[-1][0] if moments else 0.0
        end = _time(max(until, last, 10**-_DIGITS))  # a TextGrid lasts longer than no time
        yield (
            'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
            f"xmin = 0\nxmax = {end}\ntiers? <exists>\nsize = {len(tiers) + bool(moments)}\nitem []:\n"
        )
        for number, (name, found) in enumerate(tiers, start=1):
            intervals = _intervals(found, end)
            yield (
                f'    item [{number}]:\n        class = "IntervalTier"\n        name = {_quoted(name)}\n'
                f"        xmin = 0\n        xmax = {end}\n        intervals: size = {len(intervals)}\n"
            )
            for place, (start, stop, text) in enumerate(intervals, start=1):
                yield (
                    f"        intervals [{place}]:\n            xmin = {start}\n            xmax = {stop}\n"
                    f"            text = {_quoted(text)}\n"
                )
        if moments:
            yield (
                f'    item [{len(tiers) + 1}]:\n        class = "TextTier"\n        name = "markers"\n'
                f"        xmin = 0\n        xmax = {end}\n        points: size = {len(moments)}\n"
            )
            for place, (time, name) in enumerate(moments, start=1):
                yield (
                    f"        points [{place}]:\n            number = {_time(time)}\n"
                    f"            mark = {_quoted(name)}\n"
                )


open_writer = PraatWriter


def _intervals(segments: Sequence[Segment], end: str) -> list[tuple[str, str, str]]:
    """Return the begin, the end and the text of each interval, which follow each other from 0 to `end`."""
    intervals: list[tuple[str, str, str]] = []
    done = "0"
    for segment in segments:
        start, stop = _time(segment.start), _time(segment.end)
        if float(start) > float(done):
            intervals.append((done, start, ""))
            done = start
        if float(stop) > float(done):
            intervals.append((done, stop, segment.emotion))
            done = stop
    if float(end) > float(done):
        intervals.append((done, end, ""))
    return intervals


def _time(seconds: float) -> str:
    return fixed_point(max(0.0, seconds), _DIGITS).rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
