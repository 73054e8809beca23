"""The sound of a recording: chunks with times become one unbroken track beside the pictures."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.container import OutputContainer
from numpy.typing import NDArray

from fervid.core.sound_chunk import SOUND_RATE, SoundChunk

PATIENCE_S: Final = 0.5
"""Seconds that sound may arrive later than its picture. What comes later still is replaced by silence, because without
its sound a picture is not written either, and a kill would lose it."""

_BITS_A_CHANNEL: Final = 96_000
_PRIMING: Final = 1024
"""The number of samples by which AAC begins before its sound, which a file in fragments has no way of hiding."""

_GAP: Final = round(0.03 * SOUND_RATE)
"""The number of samples from which on a difference is a gap or an overlap, and not clocks that run differently."""

_UNEVEN, _EVEN = round(0.002 * SOUND_RATE), round(0.0002 * SOUND_RATE)
"""The number of samples from which on a chunk is stretched, and that at which stretching ends again."""

_STRETCH: Final = 0.005
"""The largest share by which a chunk is stretched or squeezed, which nobody hears."""

_BLOCK: Final = SOUND_RATE


class RecordedSound:
    """A stereo AAC track in a recording, of which every sample is at its time.

    The track has no gaps: where sound is missing, there is silence. Where the clock of a sound card and that of the
    pictures drift apart, the sound is stretched or squeezed a little to stay within 2 ms.

    Args:
        output: The container to add the track to, before its header is written.
    """

    def __init__(self, output: OutputContainer) -> None:
        self._output = output
        self._stream = output.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        context = self._stream.codec_context
        assert isinstance(context, AudioCodecContext)
        context.bit_rate = 2 * _BITS_A_CHANNEL
        self._zero = 0.0
        self._written = _PRIMING
        self._is_uneven = False
        self._follows_sound = False

    def begin(self, zero: float) -> None:
        """Set the time of the first picture, in seconds; sound before it is left out."""
        self._zero = zero

    def write(self, chunk: SoundChunk) -> None:
        """Write a chunk, with its time on the clock of the pictures.

        Raises:
            av.FFmpegError: It cannot be written.
        """
        samples = chunk.samples
        ahead = self._place(chunk.time) - self._written
        if self._follows_sound and abs(ahead) < _GAP:
            samples = self._evened(samples, ahead)
        elif ahead >= 0:
            self._write_silence(ahead)
        else:
            samples = samples[-ahead:]
        self._write(samples)
        self._follows_sound = self._follows_sound or len(samples) > 0

    def fill(self, until: float) -> None:
        """Write silence up to a time on the clock of the pictures, if the sound is not that far.

        Raises:
            av.FFmpegError: It cannot be written.
        """
        self._write_silence(self._place(until) - self._written)

    def finish(self) -> None:
        """Write what the encoder still holds.

        Raises:
            av.FFmpegError: It cannot be written.
        """
        self._output.mux(self._stream.encode(None))

    def _place(self, time: float) -> int:
        return round((time - self._zero) * SOUND_RATE)

    def _evened(self, samples: NDArray[np.float32], ahead: int) -> NDArray[np.float32]:
        """Return the samples, stretched or squeezed where the track is behind or ahead of their time."""
        self._is_uneven = abs(ahead) > (_EVEN if self._is_uneven else _UNEVEN)
        count = len(samples)
        most = max(1, int(count * _STRETCH))
        wanted = count + max(-most, min(most, ahead))
        if not self._is_uneven or count < 2 or wanted < 2:
            return samples
        places = np.linspace(0, count - 1, wanted)
        columns = [np.interp(places, np.arange(count), column) for column in samples.T]
        return np.stack(columns, axis=1).astype(np.float32)

    def _write_silence(self, count: int) -> None:
        while count > 0:
            block = min(count, _BLOCK)
            self._write(np.zeros((block, 1), np.float32))
            count -= block
            self._follows_sound = False

    def _write(self, samples: NDArray[np.float32]) -> None:
        if not len(samples):
            return
        planes = np.ascontiguousarray(np.broadcast_to(samples, (len(samples), 2)).T)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
        frame.sample_rate = SOUND_RATE
        frame.time_base = Fraction(1, SOUND_RATE)
        frame.pts = self._written
        self._written += len(samples)
        self._output.mux(self._stream.encode(frame))
