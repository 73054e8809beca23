"""The annotated video."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream
from numpy.typing import NDArray
from typing_extensions import override

from fervid.core.readings import Frame, FrameReading
from fervid.draw.painter import Painter
from fervid.errors import OutputError
from fervid.formats.encoders import Encoder, choose, here
from fervid.formats.muxing import guarded
from fervid.formats.output import FileWriter, Output
from fervid.formats.sound import Sound
from fervid.sources.base import SourceInfo
from fervid.video.colour import UNSPECIFIED
from fervid.video.conversion import ToYuv

SUFFIXES: Final = (".mp4", ".m4v", ".mov", ".mkv")
"""The containers that keep each frame's own time and take the usual sound as it is."""

# An encoder wants some rate as a hint; times are those of the frames.
_USUAL_RATE = Fraction(25)
# What an encoder that takes no quality gets instead.
_BITS_A_PIXEL = 0.1


class VideoWriter(FileWriter):
    """Paints each frame and encodes it, in the source's size, timestamps, colour range and matrix, with its sound.

    Sound that the container takes is copied byte for byte, every stream of it; the rest becomes AAC. The clock is that
    of the source, unless it began below zero or the run was `trimmed`: then the first frame is at zero.

    Args:
        target: Where to; its suffix, one of `SUFFIXES`, names the container.
        info: Of the source, whose sound is read from `info.path`.
        painter: What is painted; None for a new `Painter`.
        codec: One of `encoders.CODECS`; None for that of `encoder`, or H.264.
        encoder: An encoder of FFmpeg; None for the usual one of `codec`.
        crf: The quality, lower is better; None for a good one.
        trimmed: Whether the frames are a stretch of the source: sound outside it is then left out.
        overwrite: Whether a file at `target` may be replaced.

    Raises:
        OutputError: The target exists, its folder is missing or refuses, its suffix is unknown, or the encoder does not
            run here.
        UsageError: `codec`, `encoder` and `crf` make no sense together.
    """

    def __init__(
        self,
        target: Path,
        info: SourceInfo,
        *,
        painter: Painter | None = None,
        codec: str | None = None,
        encoder: str | None = None,
        crf: int | None = None,
        trimmed: bool = False,
        overwrite: bool = False,
    ) -> None:
        if target.suffix.lower() not in SUFFIXES:
            raise OutputError(f"{target} has no suffix of a video that fervid writes", f"use {', '.join(SUFFIXES)}")
        chosen = choose(codec, encoder, crf)
        self._info = info
        self._pixel_format = chosen.pixel_format(info.width, info.height)
        self._painter = painter or Painter()
        self._trimmed = trimmed
        self._to_yuv = ToYuv(info.width, info.height, self._pixel_format, info.colour)
        self._canvas = np.empty((info.height, info.width, 3), np.uint8)
        self._shift = 0
        self._last_pts: int | None = None
        self._sound: Sound | None = None
        output = Output(target, overwrite=overwrite)
        super().__init__(output)
        self._container = av.open(str(output.part), "w")
        try:
            with self._guard():
                self._stream = self._begin(chosen)
        except BaseException:
            self.discard()
            raise

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Paint and encode the next frame; see `Writer.write`. The frame's own image is left as it is."""
        if self._last_pts is None:
            self._set_clock(frame)
        picture = self._to_yuv.convert(self._painted(frame, reading))
        picture.time_base = self._info.time_base
        picture.pts = self._pts(frame)
        with self._guard():
            self._container.mux(self._stream.encode(picture))
            if self._sound is not None:
                self._sound.advance(frame.pts * frame.time_base)

    @override
    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the video, as `Writer.finish` says; without a single frame there is none, and None is returned."""
        if self._last_pts is None:
            self.discard()
            return None
        return super().finish(partial=partial)

    def _begin(self, chosen: Encoder) -> VideoStream:
        """Add the streams, open the encoder and write the header: whatever refuses does so before any work is done."""
        info, container = self._info, self._container
        stream = container.add_stream(chosen.name, rate=info.rate or _USUAL_RATE, options=chosen.options)
        assert isinstance(stream, VideoStream)
        stream.time_base = info.time_base
        self._set(stream.codec_context, chosen)
        try:
            stream.codec_context.open()
        except av.FFmpegError as error:
            raise OutputError(
                f"the encoder {chosen.name} does not run here ({error.strerror})",
                f"leave out --encoder, or try one of {', '.join(here(chosen.codec))}",
            ) from error
        if info.has_audio:
            self._sound = Sound(info.path, container)
        container.container_options.update(self._timing())
        try:
            container.start_encoding()
        except av.ArgumentError as error:
            raise OutputError(
                f"{self.target} cannot hold {chosen.codec}", "name it .mp4 or .mkv, or leave out --codec"
            ) from error
        return stream

    def _timing(self) -> dict[str, str]:
        """What keeps every stream's first time exact in the file."""
        # Matroska would otherwise put the pictures forward where the sound starts a little below zero, which is common.
        options = {"avoid_negative_ts": "disabled"}
        if self._container.format.name != "matroska":
            # MP4 and QuickTime note when a stream starts in a unit of its own, by default a millisecond.
            unit = self._info.time_base.denominator
            exact = math.lcm(unit, *(self._sound.rates if self._sound is not None else ()))
            options["movie_timescale"] = str(exact if exact < 2**31 else unit)
        return options

    def _set(self, context: VideoCodecContext, chosen: Encoder) -> None:
        info, tags = self._info, self._to_yuv.tags
        context.width, context.height = info.width, info.height
        context.pix_fmt = self._pixel_format
        context.time_base = info.time_base
        context.sample_aspect_ratio = info.pixel_aspect
        context.thread_count = 0
        context.color_range = ColorRange.JPEG if tags.full_range else ColorRange.MPEG
        context.colorspace = tags.matrix or UNSPECIFIED
        context.color_primaries = tags.primaries or UNSPECIFIED
        context.color_trc = tags.transfer or UNSPECIFIED
        if not chosen.constant_quality:
            context.bit_rate = int(info.width * info.height * (info.rate or _USUAL_RATE) * _BITS_A_PIXEL)
        if chosen.codec == "hevc" and self._container.format.name != "matroska":
            # The name by which Apple's players know it.
            context.codec_tag = "hvc1"

    def _set_clock(self, frame: Frame) -> None:
        """Settle, at the first frame, where zero is, and tell the sound."""
        if self._trimmed or frame.pts < 0:
            self._shift = -frame.pts
        if self._sound is not None:
            start = frame.pts * frame.time_base if self._trimmed else None
            self._sound.begin(start, self._shift * frame.time_base)

    def _pts(self, frame: Frame) -> int:
        """The next timestamp, in the source's unit: that of `frame`, or one tick on where its clock stands or jumps."""
        pts = frame.pts + self._shift
        if self._last_pts is not None:
            pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        return pts

    def _painted(self, frame: Frame, reading: FrameReading) -> NDArray[np.uint8]:
        if frame.image.shape != self._canvas.shape:
            self._canvas = np.empty_like(frame.image)
        np.copyto(self._canvas, frame.image)
        self._painter.paint(self._canvas, reading)
        return self._canvas

    @override
    def _close(self, *, partial: bool) -> None:
        with self._guard():
            self._container.mux(self._stream.encode(None))
            if self._sound is not None:
                self._sound.finish(self._end() if partial or self._trimmed else None)
            self._container.close()
            if self._sound is not None:
                self._sound.close()

    def _end(self) -> Fraction:
        """When the last frame ends, on the source's clock."""
        assert self._last_pts is not None
        return (self._last_pts - self._shift) * self._info.time_base + 1 / (self._info.rate or _USUAL_RATE)

    @override
    def _abandon(self) -> None:
        # Closing writes the end of the file; on a full disk that fails again, and the file goes anyway.
        with suppress(av.FFmpegError, OSError):
            self._container.close()
        if self._sound is not None:
            self._sound.close()

    def _guard(self) -> AbstractContextManager[None]:
        return guarded(self._output, "try another --encoder or another suffix")
