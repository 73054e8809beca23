"""WebVTT (https://www.w3.org/TR/webvtt1/): captions for players on web pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from typing_extensions import override

from fervid.formats.captions import captions, clock_text
from fervid.formats.segment_writer import SegmentWriter
from fervid.smooth.segmentation import Segment


class WebvttWriter(SegmentWriter):
    """A writer of WebVTT files."""

    @override
    def _content(self, segments: Sequence[Segment], until: float) -> Iterator[str]:
        yield "WEBVTT\n"
        for caption in captions(segments):
            text = escape("\n".join(caption.lines))  # so that neither a tag nor an arrow appears in it
            yield f"\n{clock_text(caption.start, '.')} --> {clock_text(caption.end, '.')}\n{text}\n"


open_writer = WebvttWriter
