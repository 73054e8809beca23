"""Video files."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from typing_extensions import override

from fervid.core.canvas import Canvas
from fervid.core.files import is_pipe
from fervid.core.pixels import MAX_PIXELS, check_pixels
from fervid.core.plurals import counted
from fervid.core.readings import Frame
from fervid.core.timecodes import Timecode, clock
from fervid.errors import SourceError
from fervid.sources.base import SourceInfo
from fervid.sources.decoder import Decoder
from fervid.sources.frame_sizes import frame_sizes
from fervid.sources.sequence import FrameSequence
from fervid.sources.span import Span
from fervid.video.clock import Clock
from fervid.video.conversion import colour_of
from fervid.video.decoded_pixels import DecodedPixels
from fervid.video.deinterlace import deinterlace_frames
from fervid.video.orientation import Orientation
from fervid.video.pixel_shape import PixelShape

_log = logging.getLogger(__name__)

_MAX_RATE: Final = 1000
"""Frames a second. A container that gives a higher rate gives that of its clock instead."""


_TAGS: Final = ("title", "creation_time")
"""The tags that an annotated video keeps, by FFmpeg's names."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a frame in its file: index, timestamp, seconds from the first frame, and shifts of the clock.

    Its upright size goes with it, because only the decoder knows the shape of its pixels.
    """

    index: int
    pts: int
    time: float
    shifts: tuple[int, ...]
    size: Canvas


class VideoFile(FrameSequence):
    """A video file, as a `Source`.

    Timestamps are those of the container, which `Clock` corrects where they are missing or do not increase. Frames are
    turned upright as the display matrix says, and converted with the matrix and range of the stream. Frames that are
    flagged as interlaced are deinterlaced.

    Each frame has its own size and pixel aspect ratio. All are shown on one canvas, the largest size in the file, for
    which the file is searched before its first frame. A pipe cannot be searched; the first size is then the canvas.

    `start` and `end` count from the first frame, wherever the clock of the container starts.

    An index counts decoded frames from the beginning of the file, which seeking would not reveal. Frames before `start`
    are therefore decoded too, though not converted.

    Args:
        path: The file.
        start: The first frame to yield; None for the beginning.
        end: The frame to stop before; None for the end.
        stream: The number of the video track, from 1; None for the default one.
        deinterlace: Deinterlace frames that are flagged as interlaced.
        rate: Frames a second of a bare stream, which has no times; None for the rate that the stream gives.
        max_pixels: The number of pixels that a frame may have.

    Raises:
        SourceError: The file cannot be read, has no such track, its frames are too large, or not a single one decodes.
    """

    def __init__(
        self,
        path: Path,
        *,
        start: Timecode | None = None,
        end: Timecode | None = None,
        stream: int | None = None,
        deinterlace: bool = True,
        rate: Fraction | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        self._path = path
        self._span = Span(start, end)
        self._max_pixels = max_pixels
        self._decoder = Decoder(path, stream, max_pixels)
        decoded = iter(self._decoder)
        first = next(decoded, None)
        if first is None:
            self._decoder.close()
            raise SourceError(f"'{path}' has no frame that decodes", "check whether another program plays it")
        video = self._decoder.stream
        self._time_base = video.time_base or Fraction(1, av.time_base)
        self._bare_rate = rate if self._decoder.lacks_times else None
        self._rate = self._bare_rate or _rate(video)
        self._clock = Clock(self._time_base, self._rate, self._decoder.start)
        self._orientation = Orientation.of(first)
        self._pixel_shape = PixelShape(video, name=f"'{path}'")
        self._stored = (first.width, first.height, self._pixel_shape.ratio())
        self._size = self._upright(Canvas(*self._stored))
        self._canvas, self._sizes = self._find_canvas(first)
        try:
            check_pixels(str(path), *self._canvas.size, max_pixels)
        except SourceError:
            self._decoder.close()
            raise
        self._total = self._expected_frames()
        self._decoded = 0
        self._last = 0.0
        placed = self._placed(chain([first], decoded))
        if deinterlace:
            placed = deinterlace_frames(placed, video.codec_context.name, f"'{path}'")
        super().__init__(self._describe(first), self._read(placed))

    @property
    @override
    def undecodable(self) -> int:
        """The number of packets that did not decode so far."""
        return self._decoder.undecodable

    @property
    def damage(self) -> str | None:
        """A one-line report of the damage found so far; None where there is none."""
        found = []
        if self._decoder.cut_off:
            of = f" of about {self._total}" if self._total else ""
            found.append(f"cut off after {clock(self._last)}: {self._decoded}{of} frames")
        for count, what in (
            (self._decoder.undecodable, self._failure),
            (self._decoder.corrupt, "decoded with errors"),
            (self._clock.moved, "had a time that was not later than the one before, which was corrected"),
        ):
            if count:
                found.append(f"{counted(count, 'frame')} {what}")
        return f"'{self._path}' is damaged: {'; '.join(found)}" if found else None

    @property
    def _failure(self) -> str:
        # FFmpeg does not say which of the two it was. The default limit is one that no camera reaches.
        return "did not decode" if self._max_pixels >= MAX_PIXELS else "did not decode, or exceed max_pixels"

    @override
    def stop(self) -> None:
        """Say that no further frames are wanted, which ends a wait for a silent pipe.

        May be called from any thread, and more than once.
        """
        self._decoder.stop()

    @override
    def close(self) -> None:
        """Close the file."""
        super().close()
        self._decoder.close()

    def _placed(self, decoded: Iterable[VideoFrame]) -> Iterator[tuple[VideoFrame, _Place]]:
        """Yield the frames of the span with their places, and one more on each side, which deinterlacing looks at."""
        before: tuple[VideoFrame, _Place] | None = None
        first: int | None = None
        for index, frame in enumerate(decoded):
            pts = self._stamp(frame)
            first = pts if first is None else first
            time = float((pts - first) * self._time_base)
            place = _Place(index, pts, time, self._clock.shifts, self._size_of(frame))
            if self._span.has_ended(index, place.time):
                yield frame, place
                return
            self._decoded, self._last = index + 1, place.time
            if not self._span.has_begun(index, place.time):
                before = frame, place
                continue
            if before is not None:
                yield before
                before = None
            yield frame, place

    def _stamp(self, frame: VideoFrame) -> int:
        if self._bare_rate is not None:  # FFmpeg derives timestamps and durations from a rate that it assumes
            return self._clock.stamp(None)
        return self._clock.stamp(self._decoder.timestamp(frame), frame.duration)

    def _read(self, placed: Iterable[tuple[VideoFrame, _Place]]) -> Generator[Frame, None, None]:
        is_empty, has_ended = True, False
        for frame, place in placed:
            has_ended = self._span.has_ended(place.index, place.time)
            if self._span.has_begun(place.index, place.time) and not has_ended:
                is_empty = False
                check_pixels(str(self._path), frame.width, frame.height, self._max_pixels)
                self._check_size(place)
                yield Frame(
                    DecodedPixels(frame, self._orientation),
                    place.index,
                    place.pts,
                    self._time_base,
                    place.shifts,
                    pixel_aspect=place.size.pixel_aspect,
                    shown_on=None if place.size == self._canvas else self._canvas,
                )
        if is_empty:
            raise self._span.empty_error(self._path, self._info.duration or self._last if has_ended else self._last)

    def _find_canvas(self, first: VideoFrame) -> tuple[Canvas, set[str]]:
        """Return the largest size in the file, and all sizes that were found in it."""
        sizes = [self._size_of(first)]
        if not is_pipe(self._path):
            sizes += map(self._upright, frame_sizes(self._path, self._decoder.stream.index, self._max_pixels))
        canvas = max(sizes, key=lambda size: size.area)
        found = list(dict.fromkeys(map(str, sizes)))
        if len(found) > 1:
            names = f"{', '.join(found[:-1])} and {found[-1]}"
            _log.info("the frames of '%s' are %s; boxes and the annotated video are %s", self._path, names, canvas)
        return canvas, set(found)

    def _size_of(self, frame: VideoFrame) -> Canvas:
        """Return the upright size of the frame that was decoded last; one object for all frames of a size."""
        stored = (frame.width, frame.height, self._pixel_shape.ratio())
        if stored != self._stored:
            self._stored, self._size = stored, self._upright(Canvas(*stored))
        return self._size

    def _upright(self, stored: Canvas) -> Canvas:
        return Canvas(*self._orientation.size(*stored.size), self._orientation.aspect(stored.pixel_aspect))

    def _check_size(self, place: _Place) -> None:
        """Warn of a size that was not found in the file before."""
        if place.size != self._canvas and str(place.size) not in self._sizes:
            self._sizes.add(str(place.size))
            text = "'%s' changes to %s at %s; boxes and the annotated video stay %s"
            _log.warning(text, self._path, place.size, clock(place.time), self._canvas)

    def _describe(self, first: VideoFrame) -> SourceInfo:
        pts = self._decoder.timestamp(first)
        return SourceInfo(
            path=self._path,
            width=self._canvas.width,
            height=self._canvas.height,
            time_base=self._time_base,
            rate=self._rate,
            frames=self._span.frame_count(self._total, self._rate),
            start=float((self._decoder.start if pts is None else pts) * self._time_base),
            starts_late=self._decoder.starts_late,
            duration=self._expected_seconds(),
            colour=colour_of(first),
            has_audio=bool(self._decoder.container.streams.audio),
            is_pipe=is_pipe(self._path),
            tags={name: text for name in _TAGS if (text := self._decoder.tag(name))},
            pixel_aspect=self._canvas.pixel_aspect,
        )

    def _expected_frames(self) -> int | None:
        """Return the number of frames in the header, or else that of its duration and rate."""
        stream, duration = self._decoder.stream, self._expected_seconds()
        if stream.frames:
            return stream.frames
        return round(duration * self._rate) if duration and self._rate else None

    def _expected_seconds(self) -> float | None:
        stream = self._decoder.stream
        if self._bare_rate is not None:
            return None
        if stream.duration:
            return float(stream.duration * self._time_base)
        return self._decoder.duration


def _rate(stream: VideoStream) -> Fraction | None:
    """Return the average frame rate; where the container gives the rate of its clock instead, FFmpeg's guess."""
    return next((rate for rate in (stream.average_rate, stream.guessed_rate) if rate and rate < _MAX_RATE), None)
