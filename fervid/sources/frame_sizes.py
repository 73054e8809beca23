"""The sizes of the frames of a video file, which may change within it, found without decoding the file."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final, cast

import av
from av.codec.context import CodecContext
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from fervid.core.canvas import Canvas
from fervid.core.pixels import MAX_PIXELS
from fervid.sources.decoder import packets
from fervid.video.containers import decoder_limit, open_file
from fervid.video.decoder_errors import decoder_errors
from fervid.video.pixel_shape import PixelShape

_PARAMETER_SETS: Final = {"h264": 7, "hevc": 33, "vvc": 15}
"""The units that hold the size, by codec: the types of sequence parameter sets (ITU-T H.264, H.265 and H.266, 7.4)."""

_log = logging.getLogger(__name__)


def frame_sizes(path: Path, index: int, max_pixels: int = MAX_PIXELS) -> list[Canvas]:
    """Return the sizes of the frames of a video track, each once, in the order in which they occur first.

    A new size begins with a key frame. The packets of the file are therefore read, in MP4 only those of key frames, and
    the headers of key frames are parsed. One frame is decoded for each size that a header claims, so that a damaged
    header counts for nothing. All this takes less than a hundredth of the time of an analysis. Codecs of only key
    frames keep their size, except MJPEG, and are not searched.

    Args:
        path: The file, which is not a pipe.
        index: The index of the track in the file.
        max_pixels: The number of pixels that a frame may have; larger ones count for nothing.

    Returns:
        The sizes as stored, before the frames are turned upright; what was found up to the first error.
    """
    sizes: list[Canvas] = []
    try:
        with open_file(path, max_pixels) as container:
            stream = container.streams[index]
            assert isinstance(stream, VideoStream)
            codec = stream.codec_context.codec
            if codec.intra_only and codec.name != "mjpeg":
                return sizes
            for other in container.streams:
                other.discard = Discard.all
            stream.discard = Discard.nonkey
            headers = _ParameterSets(stream) if codec.name in _PARAMETER_SETS else _FrameHeaders(stream, max_pixels)
            for packet in packets(container):
                if packet.stream_index == index and packet.is_keyframe and packet.size and headers.is_new(packet):
                    sizes.extend(size for size in _decoded(stream, packet, max_pixels) if size not in sizes)
    except (FFmpegError, OSError) as error:
        _log.debug("'%s' is searched for frame sizes no further: %s", path, error)
    return sizes


class _ParameterSets:
    """Headers of a codec that states the size in a unit of its own.

    Args:
        stream: The video track.
    """

    def __init__(self, stream: VideoStream) -> None:
        kind = _PARAMETER_SETS[stream.codec_context.codec.name]
        self._filter = av.BitStreamFilterContext(f"filter_units=pass_types={kind}", stream)
        self._seen: set[bytes] = {b""}

    def is_new(self, packet: Packet[Stream]) -> bool:
        """Return True if a key frame comes with parameters that none had before."""
        try:
            # A copy, because the filter takes the content out of the packet that it is given.
            units = b"".join(map(bytes, self._filter.filter(Packet(bytes(packet)))))
        except FFmpegError:  # a damaged packet
            self._filter.flush()
            return False
        is_new = units not in self._seen
        self._seen.add(units)
        return is_new


class _FrameHeaders:
    """Headers of a codec that states the size in each key frame, parsed by a decoder that skips all else.

    Args:
        stream: The video track.
        max_pixels: The number of pixels that a frame may have.
    """

    def __init__(self, stream: VideoStream, max_pixels: int) -> None:
        self._context = _decoder(stream, max_pixels)
        self._context.skip_frame = "ALL"
        self._seen: set[tuple[int, int]] = set()

    def is_new(self, packet: Packet[Stream]) -> bool:
        """Return True if a key frame has a size that none had before."""
        try:
            with decoder_errors():
                self._context.decode(packet)
        except FFmpegError:
            return False
        size = self._context.width, self._context.height
        is_new = size not in self._seen
        self._seen.add(size)
        return is_new


def _decoder(stream: VideoStream, max_pixels: int) -> VideoCodecContext:
    context = cast(VideoCodecContext, CodecContext.create(stream.codec_context.codec.name, "r"))
    context.extradata = stream.codec_context.extradata
    context.thread_count = 1
    context.options = decoder_limit(max_pixels)
    return context


def _decoded(stream: VideoStream, packet: Packet[Stream], max_pixels: int) -> list[Canvas]:
    """Return the sizes of the frames in a packet; none where it is damaged."""
    context = _decoder(stream, max_pixels)
    try:
        frames = [*context.decode(packet), *context.decode(None)]
    except FFmpegError:
        return []
    ratio = PixelShape(stream, context).ratio()
    return [Canvas(frame.width, frame.height, ratio) for frame in frames if not frame.is_corrupt]
