"""The sound of a source, written to its annotated video."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer

from fervid.core.timecodes import clock
from fervid.errors import SourceError
from fervid.formats.sound_clock import SoundClock
from fervid.video.containers import clock_offset, may_be_joined, open_file
from fervid.video.decoder_errors import decoder_errors

_Packet: TypeAlias = "av.Packet[AudioStream]"

_log = logging.getLogger(__name__)

_BITS_A_CHANNEL = 96_000
# The usual layouts, by the number of channels, for files that do not name their layout.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_AAC_RATE = 48_000


class _CopiedTrack:
    """An audio track whose packets are copied byte for byte."""

    def __init__(self, stream: AudioStream, output: OutputContainer) -> None:
        self._stream = output.add_stream_from_template(stream)
        self._last: int | None = None
        self._gap = 0

    def packets(self, packet: _Packet) -> Iterator[_Packet]:
        """Yield the packets to write for a packet of the source."""
        # Damaged files may have two packets at one time, which no container accepts.
        if packet.dts is None or (self._last is not None and packet.dts <= self._last):
            return
        self._gap = self._gap if self._last is None else packet.dts - self._last
        self._last = packet.dts
        # Packets from Matroska have no duration, and MP4 would hide a last packet without one.
        packet.duration = packet.duration or self._gap
        packet.stream = self._stream
        yield packet

    def end(self) -> Iterator[_Packet]:
        """Yield the packets to write after the last one of the source."""
        return iter(())


class _EncodedTrack:
    """An audio track that the container cannot hold as it is, and that is decoded and encoded as AAC."""

    def __init__(self, stream: AudioStream, output: OutputContainer) -> None:
        rates = av.codec.Codec("aac", "w").audio_rates or ()
        rate = stream.rate if stream.rate in rates else _AAC_RATE
        self._source = stream
        layout = stream.layout.name
        if layout.endswith(" channels"):
            layout = _LAYOUTS.get(stream.channels, "stereo")
        self._stream = output.add_stream("aac", rate=rate, layout=layout)
        context = self._stream.codec_context
        assert isinstance(context, AudioCodecContext)
        self._encoder = context
        self._encoder.bit_rate = _BITS_A_CHANNEL * max(1, stream.channels)

    def packets(self, packet: _Packet) -> Iterator[_Packet]:
        """Yield the packets to write for a packet of the source."""
        try:
            with decoder_errors():
                frames = packet.decode()
        except av.FFmpegError:
            return  # the packet is damaged; later packets keep their own times
        for frame in frames:
            yield from self._stream.encode(frame)

    def end(self) -> Iterator[_Packet]:
        """Yield the packets to write after the last one of the source."""
        for frame in self._held():
            yield from self._stream.encode(frame)
        yield from self._stream.encode(None)

    def _held(self) -> list[av.AudioFrame]:
        """Return the sound that the decoder still holds; none where it is damaged."""
        try:
            with decoder_errors():
                return self._source.decode(None)
        except av.FFmpegError:
            return []


class Sound:
    """The sound tracks of a source, read beside the frames and written in step with them.

    Args:
        source: The file with the sound, which is opened once more.
        output: The container to add the tracks to, before its header is written.

    Attributes:
        rates: The sample rates of the tracks, in samples a second. Those of tracks that begin late may be missing,
            because FFmpeg does not know them yet.

    Raises:
        SourceError: The source cannot be opened a second time.
    """

    def __init__(self, source: Path, output: OutputContainer) -> None:
        self._path = source
        self._output = output
        self._input = _open(source)
        self._offset = clock_offset(self._input)
        known = tuple(stream for stream in self._input.streams.audio if self._has_decoder(stream))
        self._tracks = {
            stream.index: (_CopiedTrack if _can_hold(output, stream) else _EncodedTrack)(stream, output)
            for stream in known
        }
        self.rates = frozenset(stream.rate for stream in known if stream.rate)
        self._packets = self._read(known) if known else iter(())
        self._next: _Packet | None = None
        self._start: Fraction | None = None
        self._shift = Fraction(0)
        self._clock = SoundClock()

    def begin(self, start: Fraction | None, shift: Fraction) -> None:
        """Set the start of the sound and the shift of its clock.

        Args:
            start: The time before which sound is left out, in seconds on the clock of the source; None for all sound.
            shift: The seconds to add to every time.
        """
        self._shift = shift
        self._start = start
        if start is not None and start > 0 and not may_be_joined(self._input):
            # Seeking only saves time, because `advance` leaves out earlier packets anyway.
            with suppress(av.FFmpegError):
                self._input.seek(int((start - self._offset) * av.time_base))

    def advance(self, until: Fraction, shifts: Sequence[Fraction] = ()) -> None:
        """Write the packets that begin before a picture.

        Args:
            until: The time of the picture, in seconds on the clock of the source.
            shifts: The seconds added to the times of the pictures after each restart of that clock so far.

        Raises:
            av.FFmpegError: A packet cannot be written.
        """
        self._clock.follow(until, shifts)
        self._write_until(until)

    def finish(self, until: Fraction | None) -> None:
        """Write the remaining packets that begin before a time, and what the encoders still hold.

        Args:
            until: The time, in seconds on the clock of the source; None for all remaining packets.

        Raises:
            av.FFmpegError: A packet cannot be written.
        """
        self._clock.end()
        self._write_until(until)
        for track in self._tracks.values():
            for packet in track.end():
                self._output.mux(packet)

    def close(self) -> None:
        """Close the source. May be called more than once."""
        self._input.close()

    def _has_decoder(self, stream: AudioStream) -> bool:
        # Against its type annotation, PyAV gives no codec context to a stream that FFmpeg has no decoder for.
        if getattr(stream, "codec_context", None) is not None:
            return True
        _log.warning(
            "'%s': sound track %d has a codec that FFmpeg does not know; it is left out", self._path, stream.index
        )
        return False

    def _write_until(self, until: Fraction | None) -> None:
        while (packet := self._peek()) is not None:
            time = _time(packet) + self._offset
            restarted = self._clock.shift(packet.stream_index, time)
            if restarted is None or (until is not None and time + restarted >= until):
                return
            self._next = None
            if self._start is None or time + restarted >= self._start:
                self._write(packet, restarted)

    def _write(self, packet: _Packet, restarted: Fraction) -> None:
        shift = round((self._shift + self._offset + restarted) / packet.time_base)
        if packet.pts is not None:
            packet.pts += shift
        if packet.dts is not None:
            packet.dts += shift
        for written in self._tracks[packet.stream_index].packets(packet):
            self._output.mux(written)

    def _peek(self) -> _Packet | None:
        if self._next is None:
            self._next = next(self._packets, None)
        return self._next

    def _read(self, streams: tuple[AudioStream, ...]) -> Iterator[_Packet]:
        time = Fraction(0)
        while True:
            try:
                for packet in self._input.demux(streams):
                    if packet.size and (packet.dts is not None or packet.pts is not None):
                        time = _time(packet)
                        yield packet
            except IndexError:  # PyAV met a stream that appears late in the file; the next attempt skips it
                continue
            except av.FFmpegError:
                _log.warning(
                    "'%s': the sound is damaged after %s; the rest is left out", self._path, clock(float(time))
                )
            return


def _open(path: Path) -> InputContainer:
    try:
        return open_file(path)
    except av.FFmpegError as error:
        problem = f"the sound of '{path}' cannot be read ({error.strerror})"
        raise SourceError(problem, "check whether the file is still there") from error


def _time(packet: _Packet) -> Fraction:
    stamp = packet.dts if packet.pts is None else packet.pts
    assert stamp is not None
    return stamp * packet.time_base


def _can_hold(output: OutputContainer, stream: AudioStream) -> bool:
    """Return True if the container can hold the packets of a stream as they are, and players play them."""
    form = output.format.name
    if form == "mp4" and stream.codec_context.codec.canonical_name.startswith("pcm_"):
        return False  # PCM came late to MP4, and browsers do not play it
    # FFmpeg's list of the codecs of a container is incomplete, so a header is written on trial.
    try:
        with av.open(io.BytesIO(), "w", format=form) as trial:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
    except (av.FFmpegError, ValueError):
        return False
    return True
