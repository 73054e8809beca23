"""Deinterlacing: progressive frames from those whose lines come from two moments."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final, Generic, TypeVar

import av
from av.filter import Graph

T = TypeVar("T")

_FIELD_CODECS: Final = frozenset({"hevc", "vvc"})
"""Codecs, by FFmpeg's names, that code each field as a picture of its own.

FFmpeg flags such a picture as interlaced too, although all its lines come from one moment.
"""

_log = logging.getLogger(__name__)


def deinterlace_frames(
    frames: Iterable[tuple[av.VideoFrame, T]], codec: str, name: str
) -> Iterator[tuple[av.VideoFrame, T]]:
    """Yield every frame with its note, and deinterlace those that are flagged as interlaced.

    The field that comes first, as the flags say, keeps its lines. FFmpeg's filter bwdif computes the lines between them
    from the frame itself and from those before and after it. From the first interlaced frame on, a frame is therefore
    yielded only when the next one has been taken. Progressive frames pass unchanged.

    A deinterlaced frame has the colour encoding and the orientation of the original, but not its timestamp, which
    belongs in the note.

    Args:
        frames: The frames in the order of presentation, each with a note. Size and format may change.
        codec: The codec of the frames, by FFmpeg's name.
        name: The source, for the line that reports the first interlaced frame.
    """
    if codec in _FIELD_CODECS:
        yield from frames
        return
    bwdif: _Bwdif[T] | None = None
    before: av.VideoFrame | None = None
    has_reported = False
    for frame, note in frames:
        if bwdif is not None and not bwdif.takes(frame):
            yield from bwdif.finish()
            bwdif = None
        if bwdif is None and frame.interlaced_frame:
            if not has_reported:
                has_reported = True
                _log.info(
                    "%s has interlaced frames, which are deinterlaced; deinterlace=False leaves them as they are", name
                )
            bwdif = _Bwdif(frame, before)
        if bwdif is None:
            yield frame, note
        else:
            yield from bwdif.put(frame, note)
        before = frame
    if bwdif is not None:
        yield from bwdif.finish()


class _Bwdif(Generic[T]):
    """FFmpeg's filter bwdif for frames of one format, which gives each frame when the next one is put in.

    Args:
        first: The first frame that will be put in.
        before: The progressive frame before it, which is only looked at; None if there is none.
    """

    def __init__(self, first: av.VideoFrame, before: av.VideoFrame | None) -> None:
        self._format = _format_of(first)
        self._notes: deque[T] = deque()
        width, height, pixel_format, colour_space, colour_range = self._format
        self._graph = Graph()
        self._graph.threads = 1  # the other cores are for the other stages
        source = self._graph.add(
            "buffer",
            video_size=f"{width}x{height}",
            pix_fmt=pixel_format,
            colorspace=str(colour_space),
            range=str(colour_range),
            time_base="1/1",
        )
        bwdif = self._graph.add("bwdif", mode="send_frame", parity="auto", deint="interlaced")
        self._graph.link_nodes(source, bwdif, self._graph.add("buffersink")).configure()
        self._unwanted = 0
        if before is not None and self.takes(before):
            # Only once it has deinterlaced a frame does bwdif look at the frames before the next ones.
            for frame in (first, before):
                self._graph.vpush(frame)
                self._unwanted += 1

    def takes(self, frame: av.VideoFrame) -> bool:
        """Return True if a frame has the format of the first one."""
        return _format_of(frame) == self._format

    def put(self, frame: av.VideoFrame, note: T) -> Iterator[tuple[av.VideoFrame, T]]:
        """Put in the next frame, and yield the one before it with its note."""
        self._notes.append(note)
        self._graph.vpush(frame)
        yield from self._filtered()

    def finish(self) -> Iterator[tuple[av.VideoFrame, T]]:
        """Yield the last frame with its note."""
        self._graph.vpush(None)
        yield from self._filtered()

    def _filtered(self) -> Iterator[tuple[av.VideoFrame, T]]:
        while True:
            try:
                frame = self._graph.vpull()
            except (BlockingIOError, EOFError):  # the filter waits for the next frame, or has given all
                return
            if self._unwanted:
                self._unwanted -= 1
            else:
                yield frame, self._notes.popleft()


def _format_of(frame: av.VideoFrame) -> tuple[int, int, str, int, int]:
    return frame.width, frame.height, frame.format.name, int(frame.colorspace), int(frame.color_range)
