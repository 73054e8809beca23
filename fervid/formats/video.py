"""The annotated video, of a file and of a live recording."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray
from typing_extensions import override

from fervid.core.readings import Frame, FrameReading
from fervid.errors import OutputError
from fervid.formats.base import Context
from fervid.formats.encoders import choose
from fervid.formats.file_writer import FileWriter
from fervid.formats.output import FileOutput
from fervid.formats.video_container import USUAL_RATE, VideoContainer
from fervid.sources.base import SourceInfo
from fervid.video.canvas import Canvas
from fervid.video.conversion import ToYuv

_CAMERA_RATE: Final = Fraction(30)
_KEY_S: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    """The file, open, and what is settled with its size."""

    info: SourceInfo
    canvas: Canvas
    to_yuv: ToYuv
    container: VideoContainer


class VideoWriter(FileWriter):
    """Paints each frame and encodes it at its own time.

    Frames of another size than the first are fitted into that.

    A file has the source's size, timestamps, colour range and matrix, and its sound: what the container takes is copied
    byte for byte, every stream of it; the rest becomes AAC. The clock is that of the source, unless it began below zero
    or the run was trimmed: then the first frame is at zero, and sound outside the stretch is left out.

    A recording in place begins with its first frame, at zero; a gap stays a gap. It is H.264 in MP4, without sound, and
    has a key picture every two seconds.
    """

    def __init__(self, output: FileOutput, context: Context) -> None:
        super().__init__(output)
        self._file_output = output
        self._painter = context.painter
        self._trimmed = context.trimmed
        self._encoder = choose(context.encoding)
        self._painted_on = np.empty((0, 0, 3), np.uint8)
        self._shift = 0
        self._last_pts: int | None = None
        self._next_key = Fraction(0)
        self._file: _Open | None = None
        if context.source is not None and not output.in_place:
            with self._guard():  # whatever refuses does so before any work is done
                self._file = self._opened(context.source)

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Paint and encode the next frame; see `Writer.write`. The frame's own image is left as it is."""
        with self._guard():
            if self._file is None:
                self._file = self._opened(_info_of(frame, self._file_output.target))
            file = self._file
            if self._last_pts is None:
                self._set_clock(frame, file)
            picture = file.to_yuv.convert(file.canvas.fit(self._painted(frame, reading), frame.time))
            picture.time_base = file.info.time_base
            picture.pts = self._pts(frame, file)
            picture.pict_type = self._kind(picture.pts * picture.time_base)
            file.container.write(picture)
            if file.container.sound is not None:
                file.container.sound.advance(frame.pts * frame.time_base)

    @override
    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the video; see `Writer.finish`. Without a single frame there is none, and None is returned."""
        if self._last_pts is None:
            self.discard()
            return None
        return super().finish(partial=partial)

    def _opened(self, info: SourceInfo) -> _Open:
        pixel_format = self._encoder.pixel_format(info.width, info.height)
        to_yuv = ToYuv(info.width, info.height, pixel_format, info.colour)
        container = VideoContainer(self._file_output, info, self._encoder, pixel_format, to_yuv.tags)
        return _Open(info, Canvas(info.path, info.width, info.height), to_yuv, container)

    def _set_clock(self, frame: Frame, file: _Open) -> None:
        """Settle, at the first frame, where zero is, and tell the sound."""
        if self._output.in_place or self._trimmed or frame.pts < 0:
            self._shift = -_ticks(frame, file.info.time_base)
        if file.container.sound is not None:
            start = frame.pts * frame.time_base if self._trimmed else None
            file.container.sound.begin(start, self._shift * file.info.time_base)

    def _pts(self, frame: Frame, file: _Open) -> int:
        """Return the next timestamp: that of `frame`, or one tick on where its clock stands or jumps back."""
        pts = _ticks(frame, file.info.time_base) + self._shift
        if self._last_pts is not None:
            pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        return pts

    def _kind(self, time: Fraction) -> PictureType:
        """Return a key picture every few seconds of a recording, whatever the rate, so that players can go there."""
        if not self._output.in_place or time < self._next_key:
            return PictureType.NONE
        self._next_key = time + _KEY_S
        return PictureType.I

    def _painted(self, frame: Frame, reading: FrameReading) -> NDArray[np.uint8]:
        if self._painter is None:
            return frame.image
        if frame.image.shape != self._painted_on.shape:
            self._painted_on = np.empty_like(frame.image)
        np.copyto(self._painted_on, frame.image)
        self._painter.paint(self._painted_on, reading)
        return self._painted_on

    @override
    def _end(self, *, partial: bool) -> None:
        assert self._file is not None
        with self._guard():
            self._file.container.finish(self._last_time(self._file.info) if partial or self._trimmed else None)

    def _last_time(self, info: SourceInfo) -> Fraction:
        """Return when the last frame ends, on the source's clock."""
        assert self._last_pts is not None
        return (self._last_pts - self._shift) * info.time_base + 1 / (info.rate or USUAL_RATE)

    @override
    def _abandon(self) -> None:
        if self._file is not None:
            self._file.container.close()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn what the system and FFmpeg say into an `OutputError` that names the target."""
        with self._output.guard():
            try:
                yield
            except OSError:  # some of FFmpeg's errors are, too; the output knows the words for them
                raise
            except av.FFmpegError as error:
                remedy = "record elsewhere" if self._output.in_place else "try another --encoder or another suffix"
                raise OutputError(f"'{self.target}' cannot be written: {error.strerror}", remedy) from error


open_writer = VideoWriter


def _info_of(frame: Frame, target: Path) -> SourceInfo:
    """Return what the first frame tells of a source that is not known."""
    return SourceInfo(target, frame.width, frame.height, frame.time_base, rate=_CAMERA_RATE)


def _ticks(frame: Frame, time_base: Fraction) -> int:
    """Return the time of `frame` in units of `time_base`."""
    return round(frame.pts * frame.time_base / time_base)
