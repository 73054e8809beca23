"""A video file that is being encoded: the container of FFmpeg, its picture stream and its sound."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from fervid.core.closing import Closing
from fervid.core.markers import Marker
from fervid.errors import OutputError
from fervid.formats.chapters import add_chapters
from fervid.formats.encoders import Encoder, available_encoders
from fervid.formats.file_output import FileOutput
from fervid.formats.fragments import cut_torn_end
from fervid.formats.recorded_sound import RecordedSound
from fervid.formats.sound import Sound
from fervid.formats.thread_priority import kept_priority
from fervid.sources.base import SourceInfo
from fervid.video.colour import UNSPECIFIED, Colour
from fervid.video.containers import create_file

_log = logging.getLogger(__name__)

USUAL_RATE: Final = Fraction(25)
"""The frame rate to tell the encoder if the source has none, in frames a second; it changes no time."""

# For the bit rate of an encoder that has no option for the quality.
_BITS_A_PIXEL: Final = 0.1

_PROGRESSIVE: Final = {"field_order": "progressive"}

# After a kill, the frames of an encoder that looks ahead would be lost. A fast preset leaves the time to the analysis.
_NO_DELAY: Final = {"tune": "zerolatency", "preset": "superfast"}
_FRAGMENTS: Final = {
    # Every half second becomes a fragment that plays once it is written, so the file needs no index at its end.
    # The tag with the begin of the recording is none of those that MP4 knows by name.
    "movflags": "empty_moov+default_base_moof+frag_keyframe+use_metadata_tags",
    "frag_duration": "500000",
    "flush_packets": "1",
}


class VideoContainer(Closing):
    """An open container of encoded pictures and their sound.

    In place, it is a fragmented MP4 (ISO/IEC 14496-12, 8.8), which plays up to its last second even after a kill, and
    its sound is given. Otherwise it has the sound of the source, and its times are exact. Everything that FFmpeg could
    refuse is tried here, before the first picture.

    Args:
        output: The file to write to.
        info: The properties of the source: size, time base, sound, and pixel aspect ratio.
        encoder: The encoder of the pictures.
        pixel_format: The pixel format of the pictures, as FFmpeg names it.
        colour: The colour encoding of the pictures.
        recorded_sound: Add a track for sound that is given, if the file is in place.

    Attributes:
        sound: The sound of the source; None if there is none.
        recorded_sound: The track for sound that is given; None if there is none.

    Raises:
        OutputError: The encoder does not run here, or the container cannot hold its codec.
        av.FFmpegError: FFmpeg fails for another reason.
    """

    def __init__(
        self,
        output: FileOutput,
        info: SourceInfo,
        encoder: Encoder,
        pixel_format: str,
        colour: Colour,
        *,
        recorded_sound: bool = False,
    ) -> None:
        self._info = info
        self._encoder = encoder
        self._fragmented = output.in_place
        self._path = output.part
        self.sound: Sound | None = None
        self.recorded_sound: RecordedSound | None = None
        self._container = create_file(output.part, "mp4" if self._fragmented else None)
        try:
            self._stream = self._add_streams(pixel_format, colour)
            if recorded_sound and self._fragmented:
                self.recorded_sound = RecordedSound(self._container)
            self._container.container_options.update(_FRAGMENTS if self._fragmented else self._exact_timing())
            self._write_header(output)
        except BaseException:
            self.close()
            raise

    def write(self, picture: av.VideoFrame) -> None:
        """Encode and write the next picture.

        Raises:
            av.FFmpegError: The picture cannot be encoded or written.
        """
        self._container.mux(self._stream.encode(picture))

    def finish(self, sound_until: Fraction | None, markers: Sequence[Marker], end: Fraction) -> None:
        """Write what the encoders still hold, and the end of the file.

        Args:
            sound_until: The time at which the sound stops, in seconds on the clock of the source; None for all sound.
            markers: The markers to write as chapters, on the clock of the file.
            end: The time at which the last frame ends, in seconds on the clock of the file.

        Raises:
            av.FFmpegError: The file cannot be completed.
        """
        self._container.mux(self._stream.encode(None))
        if self.sound is not None:
            self.sound.finish(sound_until)
        if self.recorded_sound is not None:
            self.recorded_sound.finish()
        add_chapters(self._container, markers, end)
        self._container.close()
        self.close()

    def close(self) -> None:
        """Close the file, whatever its state. Never raises. May be called more than once."""
        # Closing writes the end of the file, which fails again on a full disk.
        with suppress(av.FFmpegError, OSError):
            self._container.close()
        if self._fragmented:
            with suppress(OSError):
                cut_torn_end(self._path)
        if self.sound is not None:
            self.sound.close()

    def _add_streams(self, pixel_format: str, colour: Colour) -> VideoStream:
        """Add the streams, open the encoder of the pictures, and return their stream."""
        info, encoder = self._info, self._encoder
        options = encoder.options | _PROGRESSIVE | (_NO_DELAY if self._fragmented else {})
        stream = self._container.add_stream(encoder.name, rate=info.rate or USUAL_RATE, options=options)
        assert isinstance(stream, VideoStream)
        stream.time_base = info.time_base
        self._container.metadata.update(info.tags)
        context = stream.codec_context
        context.width, context.height = info.width, info.height
        context.pix_fmt = pixel_format
        context.time_base = info.time_base
        if not self._fragmented:
            self._describe(context, colour)
        try:
            with kept_priority():
                context.open()
        except av.FFmpegError as error:
            raise OutputError(
                f"the encoder '{encoder.name}' does not run on this machine ({error.strerror})",
                f"leave out encoder, or try one of {', '.join(available_encoders(encoder.codec))}",
                options=("encoder",),
            ) from error
        if info.has_audio and not self._fragmented:
            if info.is_pipe:
                _log.warning("'%s' is a pipe, which can be read only once; its sound is left out", info.path)
            else:
                self.sound = Sound(info.path, self._container)
        return stream

    def _describe(self, context: VideoCodecContext, colour: Colour) -> None:
        """Give the encoder the properties of the source."""
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
            # Apple's players know HEVC only by this tag.
            context.codec_tag = "hvc1"

    def _exact_timing(self) -> dict[str, str]:
        """Return the options of the container that keep the start time of every stream exact."""
        # Sound often starts a little below zero. By default, Matroska would then delay the pictures.
        options = {"avoid_negative_ts": "disabled"}
        if self._container.format.name != "matroska":
            # MP4 and QuickTime store start times in this unit, by default a millisecond.
            unit = self._info.time_base.denominator
            exact = math.lcm(unit, *(self.sound.rates if self.sound is not None else ()))
            options["movie_timescale"] = str(exact if exact < 2**31 else unit)
        return options

    def _write_header(self, output: FileOutput) -> None:
        try:
            self._container.start_encoding()
        except av.ArgumentError as error:
            raise OutputError(
                f"'{output.target}' cannot hold {self._encoder.codec}",
                "use .mp4 or .mkv, or leave out codec",
                options=("codec",),
            ) from error
