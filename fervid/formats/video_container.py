"""A video file that is being encoded: FFmpeg's container, its picture stream and its sound."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from fervid.core.closing import Closing
from fervid.errors import OutputError
from fervid.formats.encoders import Encoder, here
from fervid.formats.output import FileOutput
from fervid.formats.sound import Sound
from fervid.sources.base import SourceInfo
from fervid.video.colour import UNSPECIFIED, Colour

USUAL_RATE: Final = Fraction(25)
"""A hint for the encoder, which wants some rate; times are those of the frames."""

# What an encoder that takes no quality gets instead.
_BITS_A_PIXEL: Final = 0.1

# An encoder that looks ahead would lose what it holds back; and a live analysis wants the time that smaller files take.
_NO_DELAY: Final = {"tune": "zerolatency", "preset": "superfast"}
_FRAGMENTS: Final = {
    # Every half second is a piece that plays by itself once it is written; no index is left for the end.
    "movflags": "empty_moov+default_base_moof+frag_keyframe",
    "frag_duration": "500000",
    "flush_packets": "1",
}


class VideoContainer(Closing):
    """Holds encoded pictures and the sound that belongs to them.

    In place, it is a fragmented MP4 (ISO/IEC 14496-12, 8.8) without sound, which plays up to its last second even after
    a kill. Otherwise it has the source's sound, and its times are exact. Whatever refuses does so here, before the
    first picture.

    Args:
        output: The file to write to.
        info: Of the source: size, time base, sound, and the shape of the pixels.
        encoder: Encodes the pictures.
        pixel_format: How the pictures are stored.
        colour: How the pictures encode colour.

    Attributes:
        sound: The sound of the source; None where there is none.

    Raises:
        OutputError: The encoder does not run here, or the container cannot hold its codec.
        av.FFmpegError: FFmpeg refuses for another reason.
    """

    def __init__(
        self, output: FileOutput, info: SourceInfo, encoder: Encoder, pixel_format: str, colour: Colour
    ) -> None:
        self._info = info
        self._encoder = encoder
        self._fragmented = output.in_place
        self.sound: Sound | None = None
        self._container = av.open(str(output.part), "w", format="mp4" if self._fragmented else None)
        try:
            self._stream = self._added(pixel_format, colour)
            self._container.container_options.update(_FRAGMENTS if self._fragmented else self._timing())
            self._write_header(output)
        except BaseException:
            self.close()
            raise

    def write(self, picture: av.VideoFrame) -> None:
        """Encode the next picture."""
        self._container.mux(self._stream.encode(picture))

    def finish(self, sound_until: Fraction | None) -> None:
        """Write what the encoders hold and the end of the file.

        Args:
            sound_until: When the sound ends, in seconds of the source; None for its own end.
        """
        self._container.mux(self._stream.encode(None))
        if self.sound is not None:
            self.sound.finish(sound_until)
        self._container.close()
        self.close()

    def close(self) -> None:
        """Let go of the file, whatever its state; never raises. May be called twice."""
        # Closing writes the end of the file; on a full disk that fails again, and what is there stays as it is.
        with suppress(av.FFmpegError, OSError):
            self._container.close()
        if self.sound is not None:
            self.sound.close()

    def _added(self, pixel_format: str, colour: Colour) -> VideoStream:
        """Add the streams, and open the encoder of the pictures."""
        info, encoder = self._info, self._encoder
        options = encoder.options | _NO_DELAY if self._fragmented else encoder.options
        stream = self._container.add_stream(encoder.name, rate=info.rate or USUAL_RATE, options=options)
        assert isinstance(stream, VideoStream)
        stream.time_base = info.time_base
        context = stream.codec_context
        context.width, context.height = info.width, info.height
        context.pix_fmt = pixel_format
        context.time_base = info.time_base
        if not self._fragmented:
            self._describe(context, colour)
        try:
            context.open()
        except av.FFmpegError as error:
            raise OutputError(
                f"the encoder {encoder.name} does not run here ({error.strerror})",
                f"leave out --encoder, or try one of {', '.join(here(encoder.codec))}",
            ) from error
        if info.has_audio and not self._fragmented:
            self.sound = Sound(info.path, self._container)
        return stream

    def _describe(self, context: VideoCodecContext, colour: Colour) -> None:
        """Tell the encoder what is known of the source."""
        info = self._info
        context.sample_aspect_ratio = info.pixel_aspect
        context.thread_count = 0
        context.color_range = ColorRange.JPEG if colour.full_range else ColorRange.MPEG
        context.colorspace = colour.matrix or UNSPECIFIED
        context.color_primaries = colour.primaries or UNSPECIFIED
        context.color_trc = colour.transfer or UNSPECIFIED
        if not self._encoder.constant_quality:
            context.bit_rate = int(info.width * info.height * (info.rate or USUAL_RATE) * _BITS_A_PIXEL)
        if self._encoder.codec == "hevc" and self._container.format.name != "matroska":
            # The name by which Apple's players know it.
            context.codec_tag = "hvc1"

    def _timing(self) -> dict[str, str]:
        """What keeps every stream's first time exact in the file."""
        # Matroska would otherwise put the pictures forward where the sound starts a little below zero, which is common.
        options = {"avoid_negative_ts": "disabled"}
        if self._container.format.name != "matroska":
            # MP4 and QuickTime note when a stream starts in a unit of its own, by default a millisecond.
            unit = self._info.time_base.denominator
            exact = math.lcm(unit, *(self.sound.rates if self.sound is not None else ()))
            options["movie_timescale"] = str(exact if exact < 2**31 else unit)
        return options

    def _write_header(self, output: FileOutput) -> None:
        try:
            self._container.start_encoding()
        except av.ArgumentError as error:
            raise OutputError(
                f"'{output.target}' cannot hold {self._encoder.codec}", "name it .mp4 or .mkv, or leave out --codec"
            ) from error
