"""Video files."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.core.timecodes import Timecode, clock
from fervid.errors import SourceError
from fervid.sources.base import SourceInfo
from fervid.sources.decoder import Decoder
from fervid.sources.span import Span
from fervid.video.canvas import Canvas
from fervid.video.clock import Clock
from fervid.video.conversion import colour_of, to_bgr
from fervid.video.orientation import Orientation

_CLOCK_RATE: Final = 1000
"""So many frames a second and more are the ticks of a clock, not a rate."""


class VideoFile(Closing):
    """The frames of a video file, as a `Source`.

    Time stamps are the container's own, mended by `Clock` only where they cannot stand. Pictures are turned upright as
    the display matrix says and converted by the stream's own matrix and range; interlaced ones are left as they are,
    and those that change their size on the way are fitted into that of the first.

    An index counts decoded frames from the file's beginning, which no seek can know. So what lies before `start` is
    decoded too, though not converted.

    Args:
        path: The file.
        start: The first frame to give; None for the first of all.
        end: The frame to stop before; None for none.

    Raises:
        SourceError: The file cannot be read, holds no video, or not a single frame of it decodes.
    """

    def __init__(self, path: Path, *, start: Timecode | None = None, end: Timecode | None = None) -> None:
        self._path = path
        self._span = Span(start, end)
        self._decoder = Decoder(path)
        pictures = iter(self._decoder)
        first = next(pictures, None)
        if first is None:
            self._decoder.close()
            raise SourceError(f"no frame of '{path}' decodes", "play it elsewhere to see whether it is damaged")
        stream = self._decoder.stream
        self._time_base = stream.time_base or Fraction(1, av.time_base)
        self._rate = _rate(stream)
        self._clock = Clock(self._time_base, self._rate, stream.start_time or 0)
        self._orientation = Orientation.of(first)
        self._total = self._promised_frames()
        self._decoded = 0
        self._last = 0.0
        self._info = self._describe(first)
        self._canvas = Canvas(path, self._info.width, self._info.height)
        self._frames = self._read(chain([first], pictures))

    @property
    def info(self) -> SourceInfo:
        """What is known before the frames are read."""
        return self._info

    @property
    def undecodable(self) -> int:
        """How many packets did not decode so far."""
        return self._decoder.undecodable

    @property
    def damage(self) -> str | None:
        """One line about what was wrong with the file so far; None while all is well."""
        found = []
        if self._decoder.cut_off:
            of = f" of about {self._total}" if self._total else ""
            found.append(f"cut off after {clock(self._last)}: {self._decoded}{of} frames")
        for count, what in (
            (self._decoder.undecodable, "did not decode"),
            (self._decoder.corrupt, "decoded with damage in the picture"),
            (self._clock.moved, "had a time not after that of the frame before, and got one that is"),
        ):
            if count:
                found.append(f"{count} frame{'s' if count > 1 else ''} {what}")
        return f"'{self._path}' is damaged: {'; '.join(found)}" if found else None

    def __iter__(self) -> Iterator[Frame]:
        """Decode frame after frame; a second loop goes on where the first was left.

        Raises:
            SourceError: No frame lies between start and end.
        """
        return self._frames

    def close(self) -> None:
        """Let go of the file."""
        self._frames.close()
        self._decoder.close()

    def _read(self, pictures: Iterable[VideoFrame]) -> Generator[Frame, None, None]:
        given = False
        for index, picture in enumerate(pictures):
            pts = self._clock.stamp(self._decoder.timestamp(picture), picture.duration)
            time = pts * self._time_base.numerator / self._time_base.denominator
            if self._span.over(index, time):
                break
            self._decoded, self._last = index + 1, time
            if self._span.begun(index, time):
                given = True
                # Nothing here keeps the image, so that its memory serves the next one as soon as the reader lets it go.
                yield Frame(self._image(picture, time), index, pts, self._time_base)
        if not given:
            raise self._span.nothing(self._path, self._last)

    def _image(self, picture: VideoFrame, time: float) -> NDArray[np.uint8]:
        return self._canvas.take(self._orientation.upright(to_bgr(picture)), time)

    def _describe(self, first: VideoFrame) -> SourceInfo:
        stream = self._decoder.stream
        width, height = self._orientation.size(first.width, first.height)
        pts = self._decoder.timestamp(first)
        start = float((stream.start_time or 0 if pts is None else pts) * self._time_base)
        return SourceInfo(
            path=self._path,
            width=width,
            height=height,
            time_base=self._time_base,
            rate=self._rate,
            frames=self._span.frames(self._total, start, self._rate),
            start=start,
            duration=self._promised_seconds(),
            colour=colour_of(first),
            has_audio=bool(self._decoder.container.streams.audio),
            pixel_aspect=self._orientation.aspect(stream.sample_aspect_ratio or Fraction(1)),
        )

    def _promised_frames(self) -> int | None:
        """How many frames the header tells of, or else its duration and rate."""
        stream, duration = self._decoder.stream, self._promised_seconds()
        if stream.frames:
            return stream.frames
        return round(duration * self._rate) if duration and self._rate else None

    def _promised_seconds(self) -> float | None:
        stream, container = self._decoder.stream, self._decoder.container
        if stream.duration:
            return float(stream.duration * self._time_base)
        return container.duration / av.time_base if container.duration else None


def _rate(stream: VideoStream) -> Fraction | None:
    """The average of the frames' rate; where a container gives its clock's rate instead, FFmpeg's guess."""
    return next((rate for rate in (stream.average_rate, stream.guessed_rate) if rate and rate < _CLOCK_RATE), None)
