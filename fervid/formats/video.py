"""The annotated video of a file, and the recorded video of a live source."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.video.frame import PictureType
from typing_extensions import override

from fervid.core.canvas import Canvas
from fervid.core.readings import Frame, FrameReading
from fervid.core.sound_chunk import SoundChunk
from fervid.core.timecodes import clock
from fervid.errors import OutputError
from fervid.formats.context import Context
from fervid.formats.encoders import choose_encoder
from fervid.formats.file_output import FileOutput
from fervid.formats.file_writer import FileWriter
from fervid.formats.recorded_sound import PATIENCE_S
from fervid.formats.video_container import USUAL_RATE, VideoContainer
from fervid.formats.yuv_pictures import YuvPictures
from fervid.sources.base import SourceInfo
from fervid.video.containers import BEGIN_TAG
from fervid.video.conversion import ToYuv
from fervid.video.fitting import fit

_log = logging.getLogger(__name__)

_CAMERA_RATE: Final = Fraction(30)
_KEY_S: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class _OpenFile:
    """An open video file, and the parts that depend on its size."""

    info: SourceInfo
    pictures: YuvPictures
    container: VideoContainer

    @property
    def canvas(self) -> Canvas:
        """The size of the video and the shape of its pixels."""
        return self.info.canvas


class VideoWriter(FileWriter):
    """A writer of a video that draws the reading on each frame and encodes it at the frame's own time.

    Every frame is fitted onto its canvas before anything is drawn. The canvas of the source, or else that of the first
    frame, gives the size and the pixel aspect ratio of the video. Frames for another canvas are fitted onto that one,
    and a warning reports the first of them.

    A complete file has the timestamps, colour range and colour matrix of its source, and every sound track. A
    track that the container can hold is copied byte for byte, others are encoded as AAC. The clock is that of the
    source, unless it starts above or below zero, or the run was trimmed. The first frame is then at zero, and sound
    before it is left out, as is sound after the trimmed part. Markers become chapters.

    A recording in place starts with its first frame at zero, and a gap stays a gap; a tag keeps the time of that frame
    on the clock of the source. It is H.264 in MP4, with a key
    frame every two seconds. Its sound is what `write_sound` is given, as AAC.

    Args:
        output: The file to write.
        context: `Context.source` gives the size before the first frame, `Context.painter` draws the readings. A
            recording has a track for sound if `Context.sound` says so, or its first frame brings sound.

    Raises:
        UsageError: Codec, encoder and quality contradict each other.
        OutputError: The encoder is missing or does not run here, or the container cannot hold the codec.
    """

    def __init__(self, output: FileOutput, context: Context) -> None:
        super().__init__(output)
        self._file_output = output
        self._painter = context.painter
        self._trimmed = context.trimmed
        self._markers = context.markers
        self._has_sound = context.sound
        self._encoder = choose_encoder(context.encoding)
        self._has_warned = False
        self._shift = 0
        self._last_pts: int | None = None
        self._next_key = Fraction(0)
        self._file: _OpenFile | None = None
        if context.source is not None and not output.in_place:
            with self._guard():  # a wrong encoder or container fails here, before any work is done
                self._file = self._open_file(context.source)

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Draw the reading on a copy of the frame, and encode it; see `Writer.write`."""
        with self._guard():
            if self._file is None:
                self._has_sound = self._has_sound or frame.sound is not None
                self._file = self._open_file(_info_of(frame, self._file_output))
            file = self._file
            if self._last_pts is None:
                self._set_clock(frame, file)
            picture = file.pictures.make(*self._on_canvas(frame, reading, file))
            picture.time_base = file.info.time_base
            picture.pts = self._next_pts(frame, file)
            picture.pict_type = self._picture_type(picture.pts * picture.time_base)
            file.container.write(picture)
            if file.container.sound is not None:
                shifts = [shift * frame.time_base for shift in frame.shifts]
                file.container.sound.advance(frame.pts * frame.time_base, shifts)
            if file.container.recorded_sound is not None:
                file.container.recorded_sound.fill(frame.time - PATIENCE_S)

    def write_sound(self, chunk: SoundChunk) -> None:
        """Write a chunk of sound into a recording that has a track for it; see `SoundWriter.write_sound`."""
        sound = None if self._file is None else self._file.container.recorded_sound
        if sound is not None and self._last_pts is not None:
            with self._guard():
                sound.write(chunk)

    @override
    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the video; see `Writer.finish`. Without a frame there is no video, and None is returned."""
        if self._last_pts is None:
            self.discard()
            return None
        return super().finish(partial=partial)

    def _open_file(self, info: SourceInfo) -> _OpenFile:
        pixel_format = self._encoder.pixel_format(info.width, info.height)
        to_yuv = ToYuv(info.width, info.height, pixel_format, info.colour)
        container = VideoContainer(
            self._file_output, info, self._encoder, pixel_format, to_yuv.tags, recorded_sound=self._has_sound
        )
        return _OpenFile(info, YuvPictures(self._painter, to_yuv, info.canvas), container)

    def _set_clock(self, frame: Frame, file: _OpenFile) -> None:
        """Set the zero of the clock at the first frame, for the sound too."""
        starts_here = self._trimmed or file.info.starts_late
        if self._output.in_place or starts_here or frame.pts < 0:
            self._shift = -_ticks(frame, file.info.time_base)
        if file.container.recorded_sound is not None:
            file.container.recorded_sound.begin(frame.time)
        if file.container.sound is not None:
            start = frame.pts * frame.time_base if starts_here else None
            file.container.sound.begin(start, self._shift * file.info.time_base)

    def _next_pts(self, frame: Frame, file: _OpenFile) -> int:
        """Return the timestamp of `frame`, or one tick after the last one if the clock stands still or jumps back."""
        pts = _ticks(frame, file.info.time_base) + self._shift
        if self._last_pts is not None:
            pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        return pts

    def _picture_type(self, time: Fraction) -> PictureType:
        """Return a key frame every few seconds of a recording, so that players can seek; else no particular type."""
        if not self._output.in_place or time < self._next_key:
            return PictureType.NONE
        self._next_key = time + _KEY_S
        return PictureType.I

    def _on_canvas(self, frame: Frame, reading: FrameReading, file: _OpenFile) -> tuple[Frame, FrameReading]:
        """Return the frame in the size of the video, and its reading in pixels of that."""
        canvas, shown = file.canvas, fit(frame)
        if shown.size.size == canvas.size:
            return shown, reading
        if not self._has_warned:
            self._has_warned = True
            _log.warning(
                "'%s' is %s; the frames are %s from %s on, and are fitted in",
                self.target,
                canvas,
                shown.size,
                clock(frame.time),
            )
        return fit(replace(shown, shown_on=canvas)), reading.moved(canvas.place(shown.size))

    @override
    def _write_end(self, *, partial: bool) -> None:
        assert self._file is not None
        end, shift = self._end_time(self._file.info), self._shift * self._file.info.time_base
        markers = [marker.shifted(float(shift)) for marker in self._markers]
        with self._guard():
            self._file.container.finish(end if partial or self._trimmed else None, markers, end + shift)

    def _end_time(self, info: SourceInfo) -> Fraction:
        """Return the time at which the last frame ends, in seconds on the clock of the source."""
        assert self._last_pts is not None
        return (self._last_pts - self._shift) * info.time_base + 1 / (info.rate or USUAL_RATE)

    @override
    def _close(self) -> None:
        if self._file is not None:
            self._file.container.close()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn an error of the system or of FFmpeg into an `OutputError` that names the target."""
        with self._output.guard():
            try:
                yield
            except OSError:  # some errors of FFmpeg are an OSError too, which the guard of the output reports
                raise
            except av.FFmpegError as error:
                remedy = "choose another folder" if self._output.in_place else "try another encoder or another suffix"
                problem = f"'{self.target}' cannot be written: {error.strerror}"
                raise OutputError(problem, remedy, options=("encoder",)) from error


open_writer = VideoWriter


def _info_of(frame: Frame, output: FileOutput) -> SourceInfo:
    """Return the properties of an unknown source, as far as its first frame tells them."""
    canvas = frame.canvas
    return SourceInfo(
        output.target,
        *canvas.size,
        frame.time_base,
        rate=_CAMERA_RATE,
        pixel_aspect=canvas.pixel_aspect,
        tags={BEGIN_TAG: f"{frame.time:.6f}"} if output.in_place else {},
    )


def _ticks(frame: Frame, time_base: Fraction) -> int:
    """Return the time of `frame` in units of `time_base`."""
    return round(frame.pts * frame.time_base / time_base)
