"""ELAN: a tier for each face, an annotation for each segment, a tier of markers, and a link to the video.

The elements, their order and their attributes are those of the ELAN Annotation Format 3.0
(https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf). A video is linked as ELAN itself does: by an
address that is not percent-encoded, and by the path from the folder of the file, in case both have been moved.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from typing_extensions import override

from fervid import __version__
from fervid.core.emotions import UNCERTAIN
from fervid.core.files import absolute
from fervid.formats.segment_writer import SegmentWriter, by_face, milliseconds, without_control
from fervid.smooth.segmentation import Segment

_MEDIA_TYPES: Final = {
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".mov": "video/quicktime",
    ".mpg": "video/mpeg",
    ".mpeg": "video/mpeg",
}
_MARKER_MS: Final = 100
"""The length of the annotation of a marker, in milliseconds."""

_ANY_VIDEO: Final = "video/*"

_UNDETERMINED: Final = 'LANG_DEF="http://cdb.iso.org/lg/CDB-00130975-001" LANG_ID="und" LANG_LABEL="undetermined (und)"'


class ElanWriter(SegmentWriter):
    """A writer of ELAN files. The emotions are a controlled vocabulary, so that annotators choose from a list."""

    @override
    def _content(self, segments: Sequence[Segment], until: float) -> Iterator[str]:
        yield '<?xml version="1.0" encoding="UTF-8"?>\n'
        yield (
            f'<ANNOTATION_DOCUMENT AUTHOR="fervid {__version__}" DATE="{self._date()}" FORMAT="3.0" VERSION="3.0"'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n'
        )
        yield '  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n'
        yield self._media()
        moments = _intervals(self._moments(0.001))
        # A tier of ELAN allows no overlap, and each annotation takes a millisecond.
        segments = [each for each in segments if milliseconds(each.start) < milliseconds(each.end)]
        yield f'    <PROPERTY NAME="lastUsedAnnotationId">{len(segments) + len(moments)}</PROPERTY>\n'
        yield "  </HEADER>\n"
        yield from _time_order(segments, moments)
        words = dict.fromkeys((*self._context.classes, UNCERTAIN))
        entries = {word: f"emotion{number}" for number, word in enumerate(words, start=1)}
        number = 0
        for name, stretches in by_face(segments):
            yield (f'  <TIER ANNOTATOR="fervid" LINGUISTIC_TYPE_REF="emotion" PARTICIPANT="{name}" TIER_ID="{name}">\n')
            for segment in stretches:
                number += 1
                yield (
                    "    <ANNOTATION>\n"
                    f'      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}" CVE_REF="{entries[segment.emotion]}"'
                    f' TIME_SLOT_REF1="ts{number}b" TIME_SLOT_REF2="ts{number}e">\n'
                    f"        <ANNOTATION_VALUE>{_text(segment.emotion)}</ANNOTATION_VALUE>\n"
                    "      </ALIGNABLE_ANNOTATION>\n"
                    "    </ANNOTATION>\n"
                )
            yield "  </TIER>\n"
        if moments:
            yield from _markers(moments, number)
            yield (
                '  <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="marker" TIME_ALIGNABLE="true"/>\n'
            )
        yield (
            '  <LINGUISTIC_TYPE CONTROLLED_VOCABULARY_REF="emotions" GRAPHIC_REFERENCES="false"'
            ' LINGUISTIC_TYPE_ID="emotion" TIME_ALIGNABLE="true"/>\n'
        )
        yield f"  <LANGUAGE {_UNDETERMINED}/>\n"
        yield '  <CONTROLLED_VOCABULARY CV_ID="emotions">\n    <DESCRIPTION LANG_REF="und"/>\n'
        for word, entry in entries.items():
            yield (
                f'    <CV_ENTRY_ML CVE_ID="{entry}">\n'
                f'      <CVE_VALUE DESCRIPTION="" LANG_REF="und">{_text(word)}</CVE_VALUE>\n'
                "    </CV_ENTRY_ML>\n"
            )
        yield "  </CONTROLLED_VOCABULARY>\n</ANNOTATION_DOCUMENT>\n"

    def _media(self) -> str:
        video = self._context.played
        if video is None or not video.is_file():  # a folder of pictures, or a pipe
            return ""
        path = absolute(video)
        address = f"file://{'' if path.as_posix().startswith('/') else '/'}{path.as_posix()}"
        media_type = _MEDIA_TYPES.get(path.suffix.lower(), _ANY_VIDEO)
        return f'    <MEDIA_DESCRIPTOR MEDIA_URL={_quoted(address)} MIME_TYPE="{media_type}"{self._relative(path)}/>\n'

    def _relative(self, path: Path) -> str:
        if self.target is None:
            return ""
        try:
            relative = Path(os.path.relpath(path, absolute(self.target).parent)).as_posix()
        except ValueError:  # on another drive of Windows
            return ""
        return f" RELATIVE_MEDIA_URL={_quoted(relative if relative.startswith('../') else f'./{relative}')}"

    def _date(self) -> str:
        """Return the time of the last change of the video, so that the same video always gives the same file."""
        video = self._context.played
        changed = video.stat().st_mtime if video is not None and video.is_file() else 0.0
        return datetime.fromtimestamp(changed, timezone.utc).isoformat(timespec="seconds")


open_writer = ElanWriter


def _intervals(moments: Sequence[tuple[float, str]]) -> list[tuple[int, int, str]]:
    """Return the begin and the end of each marker in milliseconds, and its name.

    An annotation of ELAN lasts, so a marker gets a tenth of a second, or less if another one follows.
    """
    begins = [milliseconds(time) for time, _ in moments]
    ends = [begin + _MARKER_MS for begin in begins]
    ends[:-1] = map(min, ends, begins[1:])
    return [(begin, end, name) for begin, end, (_, name) in zip(begins, ends, moments, strict=True)]


def _markers(moments: Sequence[tuple[int, int, str]], number: int) -> Iterator[str]:
    """Yield the tier of the markers, whose annotations are numbered from `number` + 1."""
    yield '  <TIER LINGUISTIC_TYPE_REF="marker" TIER_ID="markers">\n'
    for place, (_, _, name) in enumerate(moments, start=1):
        yield (
            "    <ANNOTATION>\n"
            f'      <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number + place}" TIME_SLOT_REF1="m{place}b"'
            f' TIME_SLOT_REF2="m{place}e">\n'
            f"        <ANNOTATION_VALUE>{_text(name)}</ANNOTATION_VALUE>\n"
            "      </ALIGNABLE_ANNOTATION>\n"
            "    </ANNOTATION>\n"
        )
    yield "  </TIER>\n"


def _time_order(segments: Sequence[Segment], moments: Sequence[tuple[int, int, str]]) -> Iterator[str]:
    slots = []
    for number, segment in enumerate(segments, start=1):
        slots.append((milliseconds(segment.start), number, f"ts{number}b"))
        slots.append((milliseconds(segment.end), number, f"ts{number}e"))
    for number, (begin, end, _) in enumerate(moments, start=1):
        slots += [(begin, number, f"m{number}b"), (end, number, f"m{number}e")]
    yield "  <TIME_ORDER>\n"
    for time, _, name in sorted(slots):
        yield f'    <TIME_SLOT TIME_SLOT_ID="{name}" TIME_VALUE="{time}"/>\n'
    yield "  </TIME_ORDER>\n"


def _text(text: str) -> str:
    return escape(without_control(text))


def _quoted(text: str) -> str:
    return quoteattr(without_control(text))
