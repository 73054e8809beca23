"""Network streams (RTSP, HTTP, MJPEG over HTTP, UDP and TCP), through PyAV."""

from __future__ import annotations

import errno
import logging
import os
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Final, cast

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.error import ExitError, FFmpegError
from av.packet import Packet
from av.stream import Stream as AnyStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fervid.core.closing import Closing
from fervid.core.credentials import shown_address
from fervid.core.pixels import MAX_PIXELS, check_pixels
from fervid.core.readings import Frame
from fervid.core.sound_chunk import SoundChunk
from fervid.errors import SourceError
from fervid.sources.base import AbsentError
from fervid.sources.decoder import packets
from fervid.sources.sound_decoder import sound_decoder
from fervid.video.clock import MICROSECOND, ArrivalClock, Clock, Now
from fervid.video.containers import hidden_address, limit_decoder, open_address
from fervid.video.decoded_pixels import DecodedPixels
from fervid.video.decoder_errors import decoder_errors
from fervid.video.deinterlace import deinterlace_frames
from fervid.video.orientation import Orientation
from fervid.video.pixel_shape import PixelShape

PATIENCE_S: Final = 5.0
"""Seconds without a frame after which a stream counts as stalled."""

_NO_TIMESTAMPS: Final = 0x80  # FFmpeg's AVFMT_NOTIMESTAMPS: the times would come from a guessed frame rate
_ABSENCES: Final = (
    ((ExitError, TimeoutError), "does not answer", "check the address, and that the sender is on"),
    ((ConnectionRefusedError,), "refuses the connection", "check the port, and that the sender is on"),
    ((av.error.HTTPNotFoundError,), "does not exist", "check the address"),
    ((EOFError,), "breaks off at once", "check with ffprobe what it sends"),
)
"""The reasons for which a stream that may open later does not open now: errors, problem and remedy."""

_NO_NETWORK: Final = {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH}
_ENDS_BY_CLOSING: Final = "mpjpeg"  # MJPEG over HTTP: FFmpeg reports an error when the sender ends the stream
_OPTIONS: Final = {
    # One second of the stream is enough to find out its format; the default is five.
    "analyzeduration": "1000000",
    "rtsp_flags": "prefer_tcp",
    "overrun_nonfatal": "1",
}

_log = logging.getLogger(__name__)


class Stream(Closing):
    """The live frames of a network stream, as a `LiveSource`.

    Times are those of the stream, from 0 at its first frame. MJPEG and raw H.264 have no times; their frames get those
    of arrival. Packets that do not decode are counted and left out; frames that decode with errors are yielded. Frames
    that are flagged as interlaced are deinterlaced, each when the next one has arrived. Frames bring the sound with
    them, where there is any.

    Args:
        address: The address, such as ``rtsp://user:password@camera/stream``.
        deinterlace: Deinterlace frames that are flagged as interlaced.
        patience: Seconds without a frame after which the stream counts as stalled.
        now: A monotonic clock in seconds.
        max_pixels: The number of pixels that a frame may have.
        sound: Decode the sound too.

    Attributes:
        name: What may be shown of the address, for messages.
        undecodable: The number of packets that did not decode so far.
        arrived: The arrival of the last frame that was yielded, in seconds of `now`.

    Raises:
        SourceError: The sender does not answer, refuses, sends no video, or one that is too large.
    """

    def __init__(
        self,
        address: str,
        *,
        deinterlace: bool = True,
        patience: float = PATIENCE_S,
        now: Now = time.monotonic,
        max_pixels: int = MAX_PIXELS,
        sound: bool = False,
    ) -> None:
        self.name = shown_address(address)
        self._address = address
        self.undecodable = 0
        self.arrived = 0.0
        self._has_warned = False
        self._deinterlace = deinterlace
        self._patience = patience
        self._now = now
        self._max_pixels = max_pixels
        self._stopped = threading.Event()
        try:
            self._container = open_address(address, _OPTIONS, patience, max_pixels)
        except (FFmpegError, OSError) as error:
            raise _open_error(self.name, error) from error
        try:
            self._stream = _low_delay_stream(self._container, self.name)
            limit_decoder(self._stream, self.name, max_pixels)
        except SourceError:
            self._container.close()
            raise
        # Without times of its own, a stream cannot say which sound belongs to which picture.
        self._sound = sound_decoder(self._container) if sound and self._has_times else None
        self._heard: list[SoundChunk] = []

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame on arrival, until the sender ends the stream or `stop` is called.

        Raises:
            SourceError: The stream stalls, breaks off, or sends a frame that is too large.
        """
        times = _StreamTimes(self._stream) if self._has_times else _ArrivalTimes()
        shape = PixelShape(self._stream, name=self.name)
        frames = self._stamped_frames(times)
        if self._deinterlace:
            frames = deinterlace_frames(frames, self._stream.codec_context.name, self.name)
        for index, (frame, (pts, arrived)) in enumerate(frames):
            check_pixels(self.name, frame.width, frame.height, self._max_pixels)
            self.arrived = arrived
            orientation = Orientation.of(frame)
            pixel_aspect = orientation.aspect(shape.ratio())
            sound = None if self._sound is None else self._take_sound(float(times.origin + pts * times.base))
            yield Frame(
                DecodedPixels(frame, orientation), index, pts, times.base, pixel_aspect=pixel_aspect, sound=sound
            )

    def stop(self) -> None:
        """Ask the reading thread to leave its loop, at the next packet or when the stream counts as stalled."""
        self._stopped.set()

    def close(self) -> None:
        """Close the connection."""
        self._container.close()

    @property
    def _has_times(self) -> bool:
        return not self._container.format.flags & _NO_TIMESTAMPS

    def _take_sound(self, now: float) -> tuple[SoundChunk, ...]:
        """Return the sound since the last call, with times that count from a frame, whose own time is `now`."""
        heard, self._heard = self._heard, []
        return tuple(chunk.moved(-now) for chunk in heard)

    def _stamped_frames(self, times: _StreamTimes | _ArrivalTimes) -> Iterator[tuple[VideoFrame, tuple[int, float]]]:
        """Yield each decoded frame with its timestamp and the time at which it arrived."""
        has_begun = False
        arrived = last = self._now()
        for packet in self._packets():
            arrived = self._now()
            if self._sound is not None and packet.stream_index == self._sound.index:
                self._heard += self._sound.decode(packet)
            frames = self._decode(packet, has_begun)
            if frames:
                has_begun, last = True, arrived
                yield from ((frame, (times.stamp(frame, arrived), arrived)) for frame in frames)
            elif arrived - last > self._patience:
                raise _stalled_error(self.name, self._patience)
        if not self._stopped.is_set():
            with decoder_errors():
                held = self._stream.codec_context.decode(None)
            yield from ((frame, (times.stamp(frame, arrived), arrived)) for frame in held)

    def _decode(self, packet: Packet[AnyStream], has_begun: bool) -> list[VideoFrame]:
        if packet.stream_index != self._stream.index or not packet.size:
            return []
        try:
            with decoder_errors():
                frames = self._stream.codec_context.decode(cast("Packet[VideoStream]", packet))
        except FFmpegError:
            if has_begun:  # the first packets may depend on earlier ones, which were sent before the connection
                self.undecodable += 1
                self._warn_of_damage()
            return []
        if any(frame.is_corrupt for frame in frames):
            self._warn_of_damage()
        return frames

    def _packets(self) -> Iterator[Packet[AnyStream]]:
        """Yield all packets, until the stream ends or `stop` is called."""
        try:
            with hidden_address(self._address):
                for packet in packets(self._container):
                    if self._stopped.is_set():
                        return
                    yield packet
        except ExitError as error:
            raise _stalled_error(self.name, self._patience) from error
        except (FFmpegError, OSError) as error:
            if self._container.format.name == _ENDS_BY_CLOSING and error.errno == errno.EIO:
                return
            raise SourceError(
                f"{self.name} broke off ({error.strerror})", "give reconnect=True to continue when it is back"
            ) from error

    def _warn_of_damage(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            _log.warning("%s sends damaged packets; frames that do not decode are left out and counted", self.name)


class _StreamTimes:
    """The times of the stream, from 0, which `Clock` corrects where they do not increase."""

    def __init__(self, stream: VideoStream) -> None:
        self.base = stream.time_base or Fraction(1, av.time_base)
        self._clock = Clock(self.base, stream.guessed_rate)
        self._origin: int | None = None

    def stamp(self, frame: VideoFrame, _arrived: float) -> int:
        """Return the timestamp of the next frame, in units of `base`."""
        pts = self._clock.stamp(frame.pts, frame.duration)
        if self._origin is None:
            self._origin = pts
        return pts - self._origin

    @property
    def origin(self) -> Fraction:
        """The time in the container to which the timestamp 0 belongs now, in seconds."""
        shift = self._clock.shifts[-1] if self._clock.shifts else 0
        return ((self._origin or 0) - shift) * self.base


class _ArrivalTimes:
    """The times at which frames arrive, from 0."""

    base = MICROSECOND
    origin = Fraction(0)

    def __init__(self) -> None:
        self._clock = ArrivalClock()

    def stamp(self, _frame: VideoFrame, arrived: float) -> int:
        """Return the timestamp of the next frame, in units of `base`."""
        return self._clock.stamp(arrived)


def _low_delay_stream(container: InputContainer, name: str) -> VideoStream:
    """Return the first video stream, with its decoder set to return each frame at once."""
    stream = next(iter(container.streams.video), None)
    if stream is None or not stream.codec_context:
        raise SourceError(f"{name} sends no video that FFmpeg can decode", "check with ffprobe what it sends")
    context = stream.codec_context
    # The threads share the slices of one frame. With one frame for each thread, frames would come that much later.
    stream.thread_type = "SLICE"
    context.thread_count = max(1, (os.cpu_count() or 1) // 2)
    context.flags |= Flags.low_delay
    return stream


def _stalled_error(name: str, patience: float) -> SourceError:
    return SourceError(f"{name} has stalled: no frame for {patience:g} s", "give reconnect=True to try again")


def _open_error(name: str, error: FFmpegError | OSError) -> SourceError:
    """Return the error for a stream that did not open."""
    if isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError | PermissionError):
        return SourceError(f"{name} requires a password", "put it into the address: rtsp://USER:PASSWORD@HOST/...")
    if isinstance(error, av.error.InvalidDataError):
        return SourceError(f"{name} sends no video", "check with ffprobe what it sends")
    for kinds, problem, remedy in _ABSENCES:
        if isinstance(error, kinds):
            return AbsentError(f"{name} {problem}", remedy)
    if error.errno == errno.EIO:  # FFmpeg's error for a host of unknown name too
        return AbsentError(
            f"{name} cannot be reached, or sends no video", "check the address, and with ffprobe what it sends"
        )
    if isinstance(error, ConnectionError | av.error.HTTPServerError) or error.errno in _NO_NETWORK:
        return AbsentError(f"{name} cannot be reached ({error.strerror})", "check the address and the network")
    return SourceError(f"{name} cannot be opened ({error.strerror})", "check the address")
