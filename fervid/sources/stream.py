"""Streams from the network: RTSP, HTTP (MJPEG too), UDP and TCP, through PyAV."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, cast
from urllib.parse import urlsplit

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.error import ExitError, FFmpegError
from av.packet import Packet
from av.stream import Stream as AnyStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.sources.decoder import packets
from fervid.video.clock import MICROSECOND, ArrivalClock, Clock, Now
from fervid.video.conversion import to_bgr
from fervid.video.orientation import Orientation

PATIENCE_S: Final = 5.0
"""How long a stream may stay silent before it counts as stalled."""

_NO_TIMESTAMPS: Final = 0x80  # FFmpeg's AVFMT_NOTIMESTAMPS: its times would be counted by a guessed rate
_ENDS_BY_CLOSING: Final = "mpjpeg"  # MJPEG over HTTP has no end; FFmpeg calls it an error when the sender closes
_OPTIONS: Final = {
    # A second of looking at the stream is enough to know what is in it; FFmpeg would take five.
    "analyzeduration": "1000000",
    "rtsp_flags": "prefer_tcp",
    "overrun_nonfatal": "1",
}

_log = logging.getLogger(__name__)


class Stream(Closing):
    """The pictures of a stream as they come, as a `LiveSource`.

    Times are the stream's own, from 0 at its first picture; MJPEG and bare H.264, which have none, get those of
    arrival. What does not decode is left out and counted; what decodes with damage in the picture is given.

    Args:
        address: Such as ``rtsp://user:password@camera/stream``.
        patience: Seconds without a picture after which it counts as stalled.
        now: A monotonic clock in seconds.

    Raises:
        SourceError: Nobody answers, or what is sent is no video.
    """

    def __init__(self, address: str, *, patience: float = PATIENCE_S, now: Now = time.monotonic) -> None:
        self.name = without_password(address)
        self.undecodable = 0
        self.arrived = 0.0
        self._damaged = False
        self._patience = patience
        self._now = now
        self._stopped = threading.Event()
        try:
            self._container = av.open(address, options=dict(_OPTIONS), timeout=(patience, patience))
        except (FFmpegError, OSError) as error:
            raise _refused(self.name, error) from error
        try:
            self._stream = _prepared(self._container, self.name)
        except SourceError:
            self._container.close()
            raise

    def __iter__(self) -> Iterator[Frame]:
        """Wait for picture after picture, until the sender ends the stream.

        Raises:
            SourceError: It stalls or breaks off.
        """
        has_times = not self._container.format.flags & _NO_TIMESTAMPS
        times = _OwnTimes(self._stream) if has_times else _ArrivalTimes()
        for index, picture in enumerate(self._pictures()):
            pts = times.stamp(picture, self.arrived)
            yield Frame(Orientation.of(picture).upright(to_bgr(picture)), index, pts, times.base)

    def stop(self) -> None:
        """Ask the reader to leave, which it does with the next packet or when the stream counts as stalled."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of the connection."""
        self._container.close()

    def _pictures(self) -> Iterator[VideoFrame]:
        begun = False
        last = self._now()
        for packet in self._packets():
            self.arrived = self._now()
            pictures = self._decoded(packet, begun)
            if pictures:
                begun, last = True, self.arrived
                yield from pictures
            elif self.arrived - last > self._patience:
                raise _silent(self.name, self._patience)
        if not self._stopped.is_set():
            yield from self._stream.codec_context.decode(None)  # what the decoder still holds back

    def _decoded(self, packet: Packet[AnyStream], begun: bool) -> list[VideoFrame]:
        if packet.stream_index != self._stream.index or not packet.size:
            return []
        try:
            pictures = self._stream.codec_context.decode(cast("Packet[VideoStream]", packet))
        except FFmpegError:
            if begun:  # who joins in the middle first meets pictures that refer to what was before
                self.undecodable += 1
                self._tell_damage()
            return []
        if any(picture.is_corrupt for picture in pictures):
            self._tell_damage()
        return pictures

    def _packets(self) -> Iterator[Packet[AnyStream]]:
        """All packets until the end or `stop`."""
        try:
            for packet in packets(self._container):
                if self._stopped.is_set():
                    return
                yield packet
        except ExitError as error:
            raise _silent(self.name, self._patience) from error
        except (FFmpegError, OSError) as error:
            if self._container.format.name == _ENDS_BY_CLOSING and error.errno == errno.EIO:
                return
            raise SourceError(
                f"{self.name} broke off ({error.strerror})", "give --reconnect to go on when it is back"
            ) from error

    def _tell_damage(self) -> None:
        if not self._damaged:
            self._damaged = True
            _log.warning("%s sends damaged packets; what does not decode is left out and counted", self.name)


class _OwnTimes:
    """The stream's own times, from 0; `Clock` mends those that cannot stand."""

    def __init__(self, stream: VideoStream) -> None:
        self.base = stream.time_base or Fraction(1, av.time_base)
        self._clock = Clock(self.base, stream.guessed_rate)
        self._origin: int | None = None

    def stamp(self, picture: VideoFrame, _arrived: float) -> int:
        pts = self._clock.stamp(picture.pts, picture.duration)
        if self._origin is None:
            self._origin = pts
        return pts - self._origin


class _ArrivalTimes:
    """The times of arrival."""

    base = MICROSECOND

    def __init__(self) -> None:
        self._clock = ArrivalClock()

    def stamp(self, _picture: VideoFrame, arrived: float) -> int:
        return self._clock.stamp(arrived)


def without_password(address: str) -> str:
    """`address` as it may be shown: without a user's name and password."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _prepared(container: InputContainer, name: str) -> VideoStream:
    """The stream of pictures, its decoder told not to hold any back."""
    stream = next(iter(container.streams.video), None)
    if stream is None or not stream.codec_context:
        raise SourceError(f"{name} sends no pictures that FFmpeg decodes", "check what it sends, as with ffprobe")
    context = stream.codec_context
    # Threads that share the slices of a picture; those that each take a picture would delay it by as many.
    stream.thread_type = "SLICE"
    context.thread_count = max(1, (os.cpu_count() or 1) // 2)
    context.flags |= Flags.low_delay
    return stream


def _silent(name: str, patience: float) -> SourceError:
    return SourceError(f"{name} has stalled: no picture came for {patience:g} s", "give --reconnect to try again")


def _refused(name: str, error: FFmpegError | OSError) -> SourceError:
    """Why a stream did not open."""
    if isinstance(error, ExitError | TimeoutError):
        return SourceError(f"{name} does not answer", "check the address, and that the sender is on")
    if isinstance(error, ConnectionRefusedError):
        return SourceError(f"{name} refuses the connection", "check the port, and that the sender is on")
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError | PermissionError):
        return SourceError(f"{name} wants a password", "write it into the address: rtsp://USER:PASSWORD@HOST/...")
    if isinstance(error, av.error.HTTPNotFoundError):
        return SourceError(f"{name} is not there", "check the address")
    if isinstance(error, av.error.InvalidDataError | EOFError) or error.errno == errno.EIO:
        return SourceError(f"{name} sends no video, or breaks off at once", "check what it sends, as with ffprobe")
    return SourceError(f"{name} cannot be opened ({error.strerror})", "check the address")
