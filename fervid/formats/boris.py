"""BORIS: the table of events that it imports into an observation, as an OpenDocument spreadsheet.

BORIS reads `.ods` and `.xlsx` alone, from their first sheet, with the columns `time`, `subject`, `code`, `modifier` and
`comment` (``load_observations_from_spreadsheet`` in ``boris/import_observations.py`` of
https://github.com/olivierfriard/BORIS). Two events of a state are its start and its stop.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from typing_extensions import override

from fervid.formats.rows import fixed_point
from fervid.formats.segment_writer import SegmentWriter, face_name, without_control
from fervid.smooth.segmentation import Segment

COLUMNS: Final = ("time", "subject", "code", "modifier", "comment")
"""The columns that BORIS expects."""

_START: Final = "START"
_STOP: Final = "STOP"
_ORDER: Final = (_STOP, "", _START)
"""The order of events at one time: what stops, markers, what starts."""

_MARKER: Final = "marker"
"""The code of a marker, which is a point event; its comment is its name."""

_MEDIA_TYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES: Final = "urn:oasis:names:tc:opendocument:xmlns"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MANIFEST: Final = (
    f'{_DECLARATION}<manifest:manifest xmlns:manifest="{_NAMES}:manifest:1.0" manifest:version="1.2">\n'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="{_MEDIA_TYPE}"/>\n'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>\n'
    "</manifest:manifest>\n"
)


class BorisWriter(SegmentWriter):
    """A writer of events for BORIS: the start and the stop of each segment, and each marker, in the order of time."""

    @override
    def _content(self, segments: Sequence[Segment], until: float) -> Iterator[bytes]:
        events = [(segment.start, _START, segment) for segment in segments]
        events += [(segment.end, _STOP, segment) for segment in segments]
        rows = [
            (max(0.0, time), change, (face_name(segment.face_id), segment.emotion, "", change))
            for time, change, segment in events
        ]
        rows += [(marker.time, "", ("", _MARKER, "", marker.name)) for marker in self._markers if marker.time >= 0]
        content = io.StringIO()
        content.write(
            f'{_DECLARATION}<office:document-content xmlns:office="{_NAMES}:office:1.0"'
            f' xmlns:table="{_NAMES}:table:1.0" xmlns:text="{_NAMES}:text:1.0" office:version="1.2">\n'
            '<office:body><office:spreadsheet><table:table table:name="events">\n'
        )
        content.write(_row(map(_text_cell, COLUMNS)))
        for time, _, cells in sorted(rows, key=lambda row: (row[0], _ORDER.index(row[1]))):
            content.write(_row((_number_cell(time), *map(_text_cell, cells))))
        content.write("</table:table></office:spreadsheet></office:body></office:document-content>\n")
        yield _archive({"META-INF/manifest.xml": _MANIFEST, "content.xml": content.getvalue()})


open_writer = BorisWriter


def _row(cells: Iterator[str] | Sequence[str]) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>\n"


def _text_cell(text: str) -> str:
    shown = escape(without_control(text))
    return f'<table:table-cell office:value-type="string"><text:p>{shown}</text:p></table:table-cell>'


def _number_cell(value: float) -> str:
    text = fixed_point(value, 3)
    return (
        f'<table:table-cell office:value-type="float" office:value="{text}"><text:p>{text}</text:p></table:table-cell>'
    )


def _archive(files: dict[str, str]) -> bytes:
    """Return an OpenDocument package. Its dates are always the same, so that the same segments give the same bytes."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), _MEDIA_TYPE, zipfile.ZIP_STORED)  # first, and not compressed
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text.encode("utf-8", "replace"), zipfile.ZIP_DEFLATED)
    return package.getvalue()
