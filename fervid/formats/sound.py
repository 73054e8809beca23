"""The sound of a source, carried over to its annotated video."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.container import OutputContainer

from fervid.core.timecodes import clock

_Packet: TypeAlias = "av.Packet[AudioStream]"

_log = logging.getLogger(__name__)

_BITS_A_CHANNEL = 96_000
# The usual names of the channels, for files that only tell how many there are.
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_AAC_RATE = 48_000


class _Copied:
    """One audio stream whose packets are taken over byte for byte."""

    def __init__(self, stream: AudioStream, output: OutputContainer) -> None:
        self._stream = output.add_stream_from_template(stream)
        self._last: int | None = None
        self._gap = 0

    def packets(self, packet: _Packet) -> Iterator[_Packet]:
        """The packets to write for one that was read."""
        # A container takes no two packets at one time; damaged files hold such.
        if packet.dts is None or (self._last is not None and packet.dts <= self._last):
            return
        self._gap = self._gap if self._last is None else packet.dts - self._last
        self._last = packet.dts
        # MP4 hides a last packet that lasts no time, and Matroska does not say how long any lasts.
        packet.duration = packet.duration or self._gap
        packet.stream = self._stream
        yield packet

    def end(self) -> Iterator[_Packet]:
        """The packets still to be written after the last one."""
        return iter(())


class _Encoded:
    """One audio stream that the container cannot take as it is: decoded, and encoded as AAC."""

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
        """The packets to write for one that was read."""
        try:
            heard = packet.decode()
        except av.InvalidDataError:
            return  # a damaged packet; the next one has its own time
        for frame in heard:
            yield from self._stream.encode(frame)

    def end(self) -> Iterator[_Packet]:
        """The packets still to be written after the last one."""
        for frame in self._source.decode(None):
            yield from self._stream.encode(frame)
        yield from self._stream.encode(None)


class Sound:
    """Reads the sound of a source a second time, beside the video, and never further ahead than it.

    Args:
        source: The file with the sound.
        output: Where its streams are added; its header must not be written yet.

    Attributes:
        rates: The samples a second of its tracks.

    Raises:
        av.FFmpegError: The source cannot be opened.
    """

    def __init__(self, source: Path, output: OutputContainer) -> None:
        self._path = source
        self._output = output
        self._input = av.open(str(source))
        known = tuple(stream for stream in self._input.streams.audio if self._is_known(stream))
        self._tracks = {
            stream.index: (_Copied if _takes(output, stream) else _Encoded)(stream, output) for stream in known
        }
        self.rates = frozenset(stream.rate for stream in known)
        self._packets = self._read(known) if known else iter(())
        self._next: _Packet | None = None
        self._start: Fraction | None = None
        self._shift = Fraction(0)

    def begin(self, start: Fraction | None, shift: Fraction) -> None:
        """Set where the sound begins, and by how much its clock is put forward.

        Args:
            start: What lies before is left out, in seconds of the source; None to leave nothing out.
            shift: In seconds.
        """
        self._shift = shift
        self._start = start
        if start is not None and start > 0:
            # Only to save time: what lies before is left out anyway.
            with suppress(av.FFmpegError):
                self._input.seek(int(start * av.time_base))

    def advance(self, until: Fraction | None) -> None:
        """Write the packets that begin before `until`, in seconds of the source; None for all that are left."""
        while (packet := self._peek()) is not None:
            time = _time(packet)
            if until is not None and time >= until:
                return
            self._next = None
            if self._start is None or time >= self._start:
                self._write(packet)

    def finish(self, until: Fraction | None) -> None:
        """Write what `advance` would, and what the encoders still hold."""
        self.advance(until)
        for track in self._tracks.values():
            for packet in track.end():
                self._output.mux(packet)

    def close(self) -> None:
        """Let go of the source. May be called twice."""
        self._input.close()

    def _is_known(self, stream: AudioStream) -> bool:
        # Whatever its type says, PyAV gives no codec context to a stream that FFmpeg has no decoder for.
        if getattr(stream, "codec_context", None) is not None:
            return True
        _log.warning(
            "%s: sound track %d is of a kind that FFmpeg does not know; it is left out", self._path, stream.index
        )
        return False

    def _write(self, packet: _Packet) -> None:
        shift = round(self._shift / packet.time_base)
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
            except IndexError:  # PyAV meets a stream that turned up on the way; asked again, it passes that over
                continue
            except av.FFmpegError:
                _log.warning("%s: the sound is damaged after %s; the rest is left out", self._path, clock(float(time)))
            return


def _time(packet: _Packet) -> Fraction:
    stamp = packet.dts if packet.pts is None else packet.pts
    assert stamp is not None
    return stamp * packet.time_base


def _takes(output: OutputContainer, stream: AudioStream) -> bool:
    """Whether the container takes the packets of `stream` as they are, so that players play them."""
    kind = output.format.name
    if kind == "mp4" and stream.codec_context.codec.canonical_name.startswith("pcm_"):
        return False  # a late addition to the standard, which browsers do not play
    # FFmpeg's own list of what a container takes is not the whole truth; writing a header is.
    try:
        with av.open(io.BytesIO(), "w", format=kind) as trial:
            trial.add_stream_from_template(stream)
            trial.start_encoding()
    except (av.FFmpegError, ValueError):
        return False
    return True
