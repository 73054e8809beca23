"""Decoding of video files with FFmpeg, through PyAV, with a count of what is lost."""

from __future__ import annotations

import logging
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

from fervid.core.files import is_pipe, read_error, require_file
from fervid.core.machine import cores
from fervid.core.pixels import MAX_PIXELS
from fervid.errors import SourceError
from fervid.video.containers import clock_offset, limit_decoder, open_file, read_tag
from fervid.video.decoder_errors import decoder_errors
from fervid.video.pipe import CAN_WAIT, Pipe

_log = logging.getLogger(__name__)

_STILL: Final = Disposition.attached_pic | Disposition.timed_thumbnails
_TEXT_ART: Final = "tty"  # FFmpeg's format for text art, for which it takes any text file
_MATROSKA: Final = "matroska"
_NO_PRESENTATION_TIMES: Final = "avi"
_NO_TIMESTAMPS: Final = 0x80  # FFmpeg's AVFMT_NOTIMESTAMPS: a raw stream, whose duration is guessed from its size
_PLAYLISTS: Final = (b"ffconcat", b"#EXTM3U")
_MP4_BOXES: Final = frozenset({b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"})

_ONE_PACKET_ONE_FRAME: Final = frozenset({"h264", "hevc"})
"""Codecs whose progressive streams have one frame a packet. VP8, for example, has packets that are not shown."""

_MOST_THREADS: Final = 8
"""Each thread holds a frame, 12 MB in 4K, and a pipe's first frame waits until each thread has one."""

_CUT_OFF_S: Final = 1.0
"""Seconds short of the duration in the header at which a file counts as cut off; headers are more precise than that."""


class Decoder:
    """The decoded frames of one video file, in the order of presentation, read once.

    Packets that do not decode are counted and left out. An incomplete packet at the end of a file that is cut off is
    never decoded, because its error would discard good frames that the decoder still holds.

    Args:
        path: The file.
        number: The number of the video track, from 1; None for the default one.
        max_pixels: The number of pixels that a frame may have.

    Attributes:
        container: The open file.
        stream: The video track. Cover pictures are none.
        undecodable: The number of packets that should have given a frame but did not.
        corrupt: The number of frames that the decoder reported as damaged.
        cut_off: True if the file ends before its header says. Known only at the end of the file.

    Raises:
        SourceError: The file cannot be read, has no such track, or its frames are too large.
    """

    def __init__(self, path: Path, number: int | None = None, max_pixels: int = MAX_PIXELS) -> None:
        require_file(path)
        self._pipe = _open_pipe(path) if CAN_WAIT and is_pipe(path) else None
        self._has_stopped = False
        try:
            self.container = _open(path, self._pipe or path, max_pixels)
        except BaseException as error:
            self._close_pipe()
            if self._pipe is not None and self._pipe.error is not None:
                raise self._pipe.error from error
            raise
        try:
            if self._pipe is not None and self._pipe.error is not None:
                raise self._pipe.error
            self.stream = _video_stream(self.container, path, number)
            limit_decoder(self.stream, str(path), max_pixels)
        except BaseException:
            self.close()
            raise
        self._offset = round(clock_offset(self.container) / (self.stream.time_base or 1))
        self.stream.thread_type = "AUTO"
        self.stream.codec_context.thread_count = min(cores(), _MOST_THREADS)
        self.undecodable = 0
        self.corrupt = 0
        self.cut_off = False
        self._ends: dict[int, int] = {}
        self._unaccounted = 0

    def __iter__(self) -> Iterator[VideoFrame]:
        one_to_one = self.stream.codec_context.name in _ONE_PACKET_ONE_FRAME
        for packet in chain(self._decodable_packets(), [None]):  # None asks the decoder for the frames it still holds
            if self._has_stopped:
                return
            try:
                with decoder_errors():
                    frames = self.stream.codec_context.decode(packet)
            except FFmpegError:
                self.undecodable += 1
                self._unaccounted -= 1
                continue
            for frame in frames:
                self._unaccounted -= 1
                self.corrupt += frame.is_corrupt
                one_to_one = one_to_one and not frame.interlaced_frame  # a packet may hold a single field
                yield frame
        if one_to_one:
            self.undecodable += max(0, self._unaccounted)

    def timestamp(self, frame: VideoFrame) -> int | None:
        """Return the presentation timestamp of a frame, in units of the stream's time base; None where it has none.

        AVI files only number their packets, in the order of decoding, and the presentation timestamps that FFmpeg
        derives are wrong in streams with B-frames. The decoder returns frames in the order of presentation, with
        increasing numbers, so the numbers serve as timestamps.
        """
        stamp = frame.dts if self.container.format.name == _NO_PRESENTATION_TIMES else frame.pts
        return None if stamp is None else stamp + self._offset

    @property
    def start(self) -> int:
        """The time at which the stream starts, in units of its time base; 0 where the file does not say."""
        return (self.stream.start_time or 0) + self._offset

    @property
    def duration(self) -> float | None:
        """The duration in the header of the file, in seconds; None where it has none.

        In Matroska that starts late, as FFmpeg writes it, the header has the time of the end instead.
        """
        duration, start = self.container.duration, self.container.start_time or 0
        if not duration:
            return None
        has_end = self.container.format.name.startswith(_MATROSKA) and 0 < start < duration
        return (duration - start if has_end else duration) / av.time_base

    @property
    def lacks_times(self) -> bool:
        """True for a bare stream, without a container that has times."""
        return bool(self.container.format.flags & _NO_TIMESTAMPS)

    @property
    def starts_late(self) -> bool:
        """True if the clock of the file starts after 0."""
        return bool(self._offset) or (self.container.start_time or 0) > 0

    def tag(self, name: str) -> str | None:
        """Return a tag of the file, or else of the video track, by FFmpeg's name; None where neither has it."""
        return read_tag(self.container, name) or read_tag(self.stream, name)

    def stop(self) -> None:
        """Decode no further packets, and end a wait for a silent pipe. May be called from any thread."""
        self._has_stopped = True
        if self._pipe is not None:
            self._pipe.stop()

    def close(self) -> None:
        """Close the file."""
        self.container.close()
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._pipe is not None:
            self._pipe.close()

    def _decodable_packets(self) -> Iterator[Packet[Stream]]:
        """Yield the packets of the video stream, except a corrupt one at the end: the file is cut off within it."""
        corrupt: Packet[Stream] | None = None
        try:
            for packet in self._video_packets():
                if corrupt is not None:
                    yield corrupt
                corrupt = packet if packet.is_corrupt else None
                if corrupt is None:
                    yield packet
        except FFmpegError:
            self.cut_off = True
        else:
            self.cut_off = corrupt is not None or self._ends_early()
        self.cut_off = self.cut_off and not self._has_stopped
        if corrupt is not None:
            self.undecodable += 1
            self._unaccounted -= 1

    def _video_packets(self) -> Iterator[Packet[Stream]]:
        for packet in packets(self.container):
            if not packet.size:  # an empty packet would tell the decoder that the stream has ended
                continue
            if packet.pts is not None:
                end = packet.pts + (packet.duration or 0)
                self._ends[packet.stream_index] = max(end, self._ends.get(packet.stream_index, end))
            if packet.stream_index == self.stream.index:
                self._unaccounted += not packet.is_discard  # discarded packets are those that an edit list leaves out
                yield packet

    def _ends_early(self) -> bool:
        """Return whether every stream, sound included, ends well before the duration in the header."""
        container, duration = self.container, self.duration
        if duration is None or not self._ends or self.lacks_times:
            return False
        last = max(float(end * (container.streams[index].time_base or 0)) for index, end in self._ends.items())
        return (container.start_time or 0) / av.time_base + duration - last > _CUT_OFF_S


def packets(container: InputContainer) -> Iterator[Packet[Stream]]:
    """Yield all packets of all streams of a container."""
    while True:
        try:
            yield from container.demux()
        except IndexError:  # PyAV raises this once for a stream that begins later; asked again, it goes on
            continue
        return


def _open_pipe(path: Path) -> Pipe:
    try:
        return Pipe(path)
    except OSError as error:
        raise read_error(path, error) from error


def _open(path: Path, file: Path | Pipe, max_pixels: int) -> InputContainer:
    try:
        container = open_file(file, max_pixels)
    except OSError as error:
        raise read_error(path, error) from error
    except FFmpegError as error:
        raise _no_video_error(path) from error
    if container.format.name == _TEXT_ART:
        container.close()
        raise _no_video_error(path)
    return container


def _no_video_error(path: Path) -> SourceError:
    if is_pipe(path):
        problem = f"'{path}' is not a video, or one that cannot be read from a pipe"
        return SourceError(problem, "give its file, or send it as MPEG-TS or Matroska")
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_PLAYLISTS):
        return SourceError(f"'{path}' is a playlist, which only names other files", "give those files")
    if head[4:] in _MP4_BOXES:
        return SourceError(
            f"'{path}' has no index: it is cut off, or its recording was never finished",
            "copy it again, or repair it with a tool such as untrunc",
        )
    problem = f"'{path}' is not a video, or is damaged at its beginning"
    return SourceError(problem, "check whether another program plays it")


def _video_stream(container: InputContainer, path: Path, number: int | None) -> VideoStream:
    """Return a video track by its number, from 1; None for the default one, which a line names where there are more."""
    tracks = [stream for stream in container.streams.video if not stream.disposition & _STILL]
    if not tracks:
        content = "only sound" if container.streams.audio else "no video"
        raise SourceError(f"'{path}' has {content}", "give a file with a video stream")
    if number is None:
        default = (place for place, stream in enumerate(tracks) if stream.disposition & Disposition.default)
        place = next(default, 0)
        if len(tracks) > 1:
            _log.info(
                "'%s' has %d video tracks; track %d is analysed, stream=N chooses another", path, len(tracks), place + 1
            )
    elif number > len(tracks):
        count = "one video track" if len(tracks) == 1 else f"{len(tracks)} video tracks"
        raise SourceError(
            f"'{path}' has {count}, and no track {number}", "leave out stream, or choose another", options=("stream",)
        )
    else:
        place = number - 1
    if not tracks[place].codec_context:
        raise SourceError(f"'{path}' is in a format that FFmpeg cannot decode", "convert it, for example to H.264")
    return tracks[place]
