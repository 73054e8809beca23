"""The captions of a video: what all faces show, from one change to the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fervid.formats.segment_writer import face_name, milliseconds
from fervid.smooth.segmentation import Segment


@dataclass(frozen=True, slots=True)
class Caption:
    """The text that is shown from one change to the next.

    Attributes:
        start: The begin, in milliseconds.
        end: The end, in milliseconds; after `start`.
        lines: A line for each face that is there. If the video has several faces, each line names its face.
    """

    start: int
    end: int
    lines: tuple[str, ...]


def captions(segments: Sequence[Segment]) -> Iterator[Caption]:
    """Yield the captions in order. They never overlap, because players show only one of two that do.

    Args:
        segments: The segments, in the order of `face_id` and time.
    """
    named = len({segment.face_id for segment in segments}) > 1
    changes: dict[int, list[tuple[int, str | None]]] = {}
    for segment in segments:
        start, end = milliseconds(segment.start), milliseconds(segment.end)
        if start < end:
            changes.setdefault(end, []).insert(0, (segment.face_id, None))  # before another emotion of the same face
            changes.setdefault(start, []).append((segment.face_id, segment.emotion))
    shown: dict[int, str] = {}
    since = 0
    for time, faces in sorted(changes.items()):
        if shown:
            yield Caption(since, time, tuple(_line(face_id, shown[face_id], named=named) for face_id in sorted(shown)))
        for face_id, emotion in faces:
            if emotion is None:
                shown.pop(face_id, None)
            else:
                shown[face_id] = emotion
        since = time


def clock_text(time: int, decimal_mark: str) -> str:
    """Return a time in milliseconds as ``hh:mm:ss.mmm``, with this decimal mark."""
    seconds, thousandths = divmod(time, 1000)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{decimal_mark}{thousandths:03d}"


def _line(face_id: int, emotion: str, *, named: bool) -> str:
    text = " ".join(emotion.split())  # an empty line would end the caption
    return f"{face_name(face_id)}: {text}" if named else text
