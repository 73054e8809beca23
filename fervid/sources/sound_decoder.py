"""Decoding of a sound track, whatever its format, into chunks."""

from __future__ import annotations

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from fervid.core.sound_chunk import SOUND_RATE, SoundChunk
from fervid.video.decoder_errors import decoder_errors


class SoundDecoder:
    """The decoder of one sound track. Mono stays mono; what has more channels becomes stereo.

    Packets that do not decode are left out; the chunks after them keep their own times.

    Args:
        stream: The track.

    Attributes:
        index: The index of the track in its container.
    """

    def __init__(self, stream: AudioStream) -> None:
        self.index = stream.index
        self._stream = stream
        self._form: tuple[str, str, int] | None = None
        self._resampler: av.AudioResampler | None = None

    def decode(self, packet: Packet[Stream]) -> list[SoundChunk]:
        """Return the sound of a packet, with times on the clock of the container."""
        if not packet.size:
            return []
        try:
            with decoder_errors():
                frames = self._stream.codec_context.decode(packet)
            return [chunk for frame in frames for chunk in self._chunks(frame)]
        except av.FFmpegError:
            return []

    def _chunks(self, frame: av.AudioFrame) -> list[SoundChunk]:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or form != self._form:  # a stream may change it
            self._form = form
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=SOUND_RATE)
        return [
            SoundChunk(np.ascontiguousarray(part.to_ndarray().T, np.float32), part.time or 0.0)
            for part in self._resampler.resample(frame)
            if part.samples
        ]


def sound_decoder(container: InputContainer) -> SoundDecoder | None:
    """Return a decoder of the first sound track that FFmpeg can decode; None where there is none."""
    for stream in container.streams.audio:
        # Against its type annotation, PyAV gives no codec context to a stream that FFmpeg has no decoder for.
        if getattr(stream, "codec_context", None) is not None:
            return SoundDecoder(stream)
    return None
