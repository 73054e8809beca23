"""SubRip: captions for nearly every player."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from typing_extensions import override

from fervid.formats.captions import captions, clock_text
from fervid.formats.segment_writer import SegmentWriter
from fervid.smooth.segmentation import Segment

_WITHOUT_TAGS: Final = str.maketrans("<>", "()")
"""The characters of tags and arrows, which the format cannot escape."""


class SrtWriter(SegmentWriter):
    """A writer of SubRip files, in UTF-8."""

    @override
    def _content(self, segments: Sequence[Segment], until: float) -> Iterator[str]:
        for number, caption in enumerate(captions(segments), start=1):
            text = "\n".join(caption.lines).translate(_WITHOUT_TAGS)
            yield f"{number}\n{clock_text(caption.start, ',')} --> {clock_text(caption.end, ',')}\n{text}\n\n"


open_writer = SrtWriter
