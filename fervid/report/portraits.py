"""Small pictures of faces, taken from their video."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from fervid.core.canvas import SQUARE, Canvas
from fervid.core.geometry import Box
from fervid.core.pixels import MAX_PIXELS
from fervid.core.rotation import Rotation
from fervid.formats.live_video import parse_begin
from fervid.report.recording import Moment
from fervid.sources.decoder import Decoder
from fervid.sources.frame_sizes import frame_sizes
from fervid.video.containers import BEGIN_TAG
from fervid.video.conversion import to_bgr
from fervid.video.orientation import Orientation
from fervid.video.pixel_shape import PixelShape

SIDE: Final = 96
"""Width and height of a portrait, in pixels."""

_MARGIN: Final = 0.7
"""Half of the side of the square that is shown, as a multiple of the height of the face."""

_QUALITY: Final = 82

_NEAR_S: Final = 0.02
"""The largest difference between the time that is looked for and that of the frame. Times are rounded to 1 ms."""

LATE_S: Final = 0.5
"""The start of a clock, in seconds, from which players do not begin at 0."""

_AHEAD_S: Final = 3.0
"""The time that is decoded rather than sought again."""


class Portraits:
    """The portraits of the faces in one video.

    Args:
        path: The video.
        settings: The settings of its analysis: the video track, the rotation, and the largest number of pixels.
        recorded: True if the video may have been recorded together with the timeline, and not read for it.

    Attributes:
        offset: The time of the timeline that players show as the beginning of the video, in seconds.

    Raises:
        SourceError: The video cannot be read.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], *, recorded: bool = False) -> None:
        most = settings.get("max_pixels")
        self._path = path
        self._most = most if isinstance(most, int) else MAX_PIXELS
        number, angle = settings.get("stream"), settings.get("rotate")
        self._rotation = Rotation(angle) if angle in list(Rotation) else Rotation.NONE
        with closing(Decoder(path, number if isinstance(number, int) else None, self._most)) as decoder:
            self._number = number if isinstance(number, int) else None
            start = float(decoder.start * _unit(decoder))
            self._begin = (parse_begin(decoder.tag(BEGIN_TAG)) or 0.0) if recorded else 0.0
        self.offset = self._begin + (start if start >= LATE_S else 0.0)

    def take(self, moments: Sequence[Moment]) -> list[str | None]:
        """Return a JPEG as a data address for each moment; None where the video has no frame at that time."""
        found: dict[float, str] = {}
        with closing(Decoder(self._path, self._number, self._most)) as decoder:
            shape = PixelShape(decoder.stream)
            canvas: Canvas | None = None
            for moment, frame in self._frames(decoder, sorted(moments, key=lambda moment: moment.time)):
                orientation = Orientation.of(frame)
                image = np.rot90(orientation.upright(to_bgr(frame)), -self._rotation.quarters).copy()
                size = self._upright(Canvas(frame.width, frame.height, shape.ratio()), orientation)
                if canvas is None:  # the largest size in the file, which boxes refer to
                    stored = frame_sizes(self._path, decoder.stream.index, self._most)
                    sizes = [size, *(self._upright(each, orientation) for each in stored)]
                    canvas = max(sizes, key=lambda each: each.area)
                place = canvas.place(size)
                box = Box(moment.box.x - place.x, moment.box.y - place.y, moment.box.width, moment.box.height)
                found[moment.time] = _portrait(image, box.scaled(1 / place.scale_x, 1 / place.scale_y), size)
        return [found.get(moment.time) for moment in moments]

    def _upright(self, stored: Canvas, orientation: Orientation) -> Canvas:
        """Return the size of a frame that is turned as the file and the settings say."""
        upright = Canvas(*orientation.size(*stored.size), orientation.aspect(stored.pixel_aspect))
        if not self._rotation.swaps:
            return upright
        return Canvas(upright.height, upright.width, 1 / upright.pixel_aspect)

    def _frames(self, decoder: Decoder, moments: Sequence[Moment]) -> Iterator[tuple[Moment, VideoFrame]]:
        """Yield the frame of each moment, in the order of time, where there is one."""
        unit = float(_unit(decoder))
        place, frames = float("-inf"), iter(())  # type: tuple[float, Iterator[VideoFrame]]
        for moment in moments:
            time = moment.time - self._begin
            try:
                if not place <= time <= place + _AHEAD_S:
                    decoder.container.seek(int(max(0.0, time) / unit), stream=decoder.stream)
                    frames = decoder.container.decode(decoder.stream)
                for frame in frames:
                    stamp = decoder.timestamp(frame)
                    place = float("-inf") if stamp is None else stamp * unit
                    if place >= time - _NEAR_S:
                        if place <= time + _NEAR_S:
                            yield moment, frame
                        break
            except (av.FFmpegError, ValueError):  # PyAV 19 raises ValueError where a decoder did not open
                place = float("-inf")


def _unit(decoder: Decoder) -> Fraction:
    return decoder.stream.time_base or Fraction(1, av.time_base)


def _portrait(image: NDArray[np.uint8], box: Box, size: Canvas) -> str:
    aspect = float(size.pixel_aspect or SQUARE)
    half = _MARGIN * max(box.height, box.width * aspect)
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    scale_x, scale_y = SIDE * aspect / (2 * half), SIDE / (2 * half)
    # Parts beyond the frame repeat its edge.
    matrix = np.array([[scale_x, 0, SIDE / 2 - middle_x * scale_x], [0, scale_y, SIDE / 2 - middle_y * scale_y]])
    shrink = max(1, int(1 / max(scale_x, scale_y)))
    if shrink > 1:
        image = np.asarray(cv2.blur(image, (shrink, shrink)), np.uint8)  # otherwise fine patterns would alias
    drawn = cv2.warpAffine(image, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    _, data = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
