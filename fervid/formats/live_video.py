"""A video that is written as it happens."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import OutputContainer
from av.video.frame import PictureType
from av.video.stream import VideoStream
from numpy.typing import NDArray
from typing_extensions import override

from fervid.core.readings import Frame, FrameReading
from fervid.draw.painter import Painter
from fervid.errors import OutputError
from fervid.formats.encoders import choose
from fervid.formats.in_place import InPlace
from fervid.formats.muxing import guarded
from fervid.formats.output import FileWriter
from fervid.video.canvas import Canvas
from fervid.video.colour import Colour
from fervid.video.conversion import ToYuv

_RATE_HINT: Final = 30  # an encoder wants one; times are those of the frames
_KEY_S: Final = 2
# An encoder that looks ahead would lose what it holds back; and the analysis wants the time that smaller files take.
_NO_DELAY: Final = {"tune": "zerolatency", "preset": "superfast"}
_FRAGMENTS: Final = {
    # Every half second is a piece that plays by itself once it is written; no index is left for the end.
    "movflags": "empty_moov+default_base_moof+frag_keyframe",
    "frag_duration": "500000",
    "flush_packets": "1",
}


@dataclass(frozen=True, slots=True, eq=False)
class _File:
    """The file, open: what is settled by the first frame."""

    container: OutputContainer
    stream: VideoStream
    canvas: Canvas
    to_yuv: ToYuv
    time_base: Fraction
    start: int


class LiveVideoWriter(FileWriter):
    """Writes H.264 in fragmented MP4 (ISO/IEC 14496-12, 8.8), which plays up to its last second even after a kill.

    Each frame keeps its own time, counted from the first one recorded: a gap stays a gap. Frames of another size than
    the first are fitted into that. There is no sound.

    Args:
        target: Where to; ends in ``.mp4``.
        painter: What is painted; None for nothing.
        overwrite: Whether a file at `target` may be replaced.

    Raises:
        OutputError: The target exists, its folder is missing or refuses, or it does not end in ``.mp4``.
    """

    def __init__(self, target: Path, *, painter: Painter | None = None, overwrite: bool = False) -> None:
        if target.suffix.lower() != ".mp4":
            raise OutputError(f"{target} does not end in .mp4", "a live recording is written as MP4; name it so")
        self._encoder = choose()
        self._painter = painter
        self._file: _File | None = None
        self._target = target
        self._container: OutputContainer | None = None
        self._last_pts = -1
        self._next_key = Fraction(0)
        output = InPlace(target, overwrite=overwrite)
        self._part = output.part
        super().__init__(output)

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Paint and encode the next frame; see `Writer.write`. The frame's own image is left as it is."""
        with self._guard():
            if self._file is None:
                self._file = self._begun(frame)
            file = self._file
            picture = file.to_yuv.convert(file.canvas.fit(self._painted(frame, reading), frame.time))
            picture.pts = max(self._last_pts + 1, round(frame.pts * frame.time_base / file.time_base) - file.start)
            picture.time_base = file.time_base
            picture.pict_type = self._kind(picture.pts * file.time_base)
            self._last_pts = picture.pts
            file.container.mux(file.stream.encode(picture))

    @override
    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the video, as `Writer.finish` says; without a single frame there is none, and None is returned."""
        if self._file is None:
            self.discard()
            return None
        return super().finish(partial=partial)

    def _painted(self, frame: Frame, reading: FrameReading) -> NDArray[np.uint8]:
        if self._painter is None:
            return frame.image
        image = frame.image.copy()
        self._painter.paint(image, reading)
        return image

    def _kind(self, time: Fraction) -> PictureType:
        """A key picture every few seconds, whatever the rate, so that players can go there."""
        if time < self._next_key:
            return PictureType.NONE
        self._next_key = time + _KEY_S
        return PictureType.I

    def _begun(self, frame: Frame) -> _File:
        """Open the encoder for pictures like `frame`, and write the header."""
        width, height = frame.width, frame.height
        pixel_format = self._encoder.pixel_format(width, height)
        to_yuv = ToYuv(width, height, pixel_format, Colour())
        container = av.open(str(self._part), "w", format="mp4", container_options=_FRAGMENTS)
        self._container = container
        stream = container.add_stream(self._encoder.name, rate=_RATE_HINT, options=self._encoder.options | _NO_DELAY)
        assert isinstance(stream, VideoStream)
        stream.time_base = frame.time_base
        context = stream.codec_context
        context.width, context.height, context.pix_fmt = width, height, pixel_format
        context.time_base = frame.time_base
        container.start_encoding()
        start = frame.pts
        return _File(container, stream, Canvas(self._target, width, height), to_yuv, frame.time_base, start)

    @override
    def _close(self, *, partial: bool) -> None:
        assert self._file is not None
        with self._guard():
            self._file.container.mux(self._file.stream.encode(None))
            self._file.container.close()

    @override
    def _abandon(self) -> None:
        # Closing writes what is left; on a full disk that fails again, and what is there stays.
        if self._container is not None:
            with suppress(av.FFmpegError, OSError):
                self._container.close()

    def _guard(self) -> AbstractContextManager[None]:
        return guarded(self._output, "record elsewhere")
