"""Decoding a file's moving pictures with FFmpeg's libraries, through PyAV, and keeping account of what is lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fervid.core.files import read_error, require_file
from fervid.errors import SourceError

_STILL: Final = Disposition.attached_pic | Disposition.timed_thumbnails
_TEXT_ART: Final = "tty"
_NO_PRESENTATION_TIMES: Final = "avi"
_NO_TIMESTAMPS: Final = 0x80  # FFmpeg's AVFMT_NOTIMESTAMPS: a bare stream, whose duration is guessed from its size
_MP4_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"})

_ONE_PACKET_ONE_FRAME: Final = frozenset({"h264", "hevc"})
"""Codecs of which a progressive stream has as many frames as packets (VP8, say, has packets that are not shown)."""

_CUT_OFF: Final = 1.0
"""How many seconds of what the header promises must be missing; headers that tell a duration are nearer than that."""


class Decoder:
    """The decoded pictures of one file, in the order of presentation, read once.

    What does not decode is counted and left out. A packet that a cut-off file ends in the middle of is not tried: its
    error would take the good frames with it that the decoder still holds back.

    Args:
        path: The file.

    Attributes:
        container: The open file.
        stream: Its first stream of moving pictures; a cover picture is none.
        undecodable: How many packets gave no picture, though they should have.
        corrupt: How many pictures the decoder itself calls damaged.
        cut_off: Whether the file ended before its time; known only when it has been read to its end.

    Raises:
        SourceError: The file cannot be read or holds no moving pictures.
    """

    def __init__(self, path: Path) -> None:
        self.container = _open(path)
        try:
            self.stream = _moving_pictures(self.container, path)
        except SourceError:
            self.container.close()
            raise
        self.stream.thread_type = "AUTO"
        # The stages after this one want cores too: with all of them decoding, each picture waits for its turn.
        self.stream.codec_context.thread_count = max(1, (os.cpu_count() or 1) // 2)
        self.undecodable = 0
        self.corrupt = 0
        self.cut_off = False
        self._ends: dict[int, int] = {}
        self._unaccounted = 0

    def __iter__(self) -> Iterator[VideoFrame]:
        one_to_one = self.stream.codec_context.name in _ONE_PACKET_ONE_FRAME
        for packet in chain(self._packets(), [None]):  # None asks the decoder for what it still holds back
            try:
                pictures = self.stream.codec_context.decode(packet)
            except FFmpegError:
                self.undecodable += 1
                self._unaccounted -= 1
                continue
            for picture in pictures:
                self._unaccounted -= 1
                self.corrupt += picture.is_corrupt
                one_to_one = one_to_one and not picture.interlaced_frame  # a packet may hold a single field
                yield picture
        if one_to_one:
            self.undecodable += max(0, self._unaccounted)

    def timestamp(self, picture: VideoFrame) -> int | None:
        """When to show `picture`, in units of the stream's time base; None where the file does not say.

        AVI files number their packets alone, in the order of decoding, and what FFmpeg makes of it for presentation is
        wrong where pictures refer to later ones. The decoder gives pictures back in order, so the numbers serve.
        """
        return picture.dts if self.container.format.name == _NO_PRESENTATION_TIMES else picture.pts

    def close(self) -> None:
        """Let go of the file."""
        self.container.close()

    def _packets(self) -> Iterator[Packet[Stream]]:
        """The packets that ought to decode."""
        broken: Packet[Stream] | None = None
        try:
            for packet in self._video_packets():
                if broken is not None:
                    yield broken
                broken = packet if packet.is_corrupt else None
                if broken is None:
                    yield packet
        except FFmpegError:
            self.cut_off = True
        else:
            self.cut_off = broken is not None or self._ends_early()
        if broken is not None:
            self.undecodable += 1
            self._unaccounted -= 1

    def _video_packets(self) -> Iterator[Packet[Stream]]:
        for packet in packets(self.container):
            if not packet.size:  # an empty one would tell the decoder that the stream is over
                continue
            if packet.pts is not None:
                end = packet.pts + (packet.duration or 0)
                self._ends[packet.stream_index] = max(end, self._ends.get(packet.stream_index, end))
            if packet.stream_index == self.stream.index:
                self._unaccounted += not packet.is_discard  # an edit list leaves these out
                yield packet

    def _ends_early(self) -> bool:
        """Whether no stream, sound included, came near the end that the header promises."""
        container = self.container
        if not container.duration or not self._ends or container.format.flags & _NO_TIMESTAMPS:
            return False
        last = max(float(end * (container.streams[index].time_base or 0)) for index, end in self._ends.items())
        return (container.start_time or 0) / av.time_base + container.duration / av.time_base - last > _CUT_OFF


def packets(container: InputContainer) -> Iterator[Packet[Stream]]:
    """All packets of all streams."""
    while True:
        try:
            yield from container.demux()
        except IndexError:  # PyAV meets a stream that turned up on the way; asked again, it passes that over
            continue
        return


def _open(path: Path) -> InputContainer:
    require_file(path)
    try:
        container = av.open(f"file:{path}", metadata_errors="replace")
    except OSError as error:
        raise read_error(path, error) from error
    except FFmpegError as error:
        raise _not_a_video(path) from error
    if container.format.name == _TEXT_ART:
        container.close()
        raise _not_a_video(path)
    return container


def _not_a_video(path: Path) -> SourceError:
    with path.open("rb") as file:
        mp4 = file.read(8)[4:] in _MP4_BOXES
    if mp4:
        return SourceError(
            f"'{path}' has lost its index: it is cut off, or its recording was never finished",
            "copy it again, or mend it with a repair tool such as untrunc",
        )
    return SourceError(f"'{path}' is not a video, or is damaged from its beginning", "check what it holds")


def _moving_pictures(container: InputContainer, path: Path) -> VideoStream:
    for stream in container.streams.video:
        if not stream.disposition & _STILL:
            if not stream.codec_context:
                raise SourceError(
                    f"'{path}' is in a format that FFmpeg does not decode", "convert it to H.264, for example"
                )
            return stream
    held = "only sound" if container.streams.audio else "no moving pictures"
    raise SourceError(f"'{path}' holds {held}", "give a file with a video stream")
