"""Animated pictures: WebP and PNG files of several frames."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from typing_extensions import override

from fervid.core.files import is_pipe, require_file
from fervid.core.pixels import MAX_PIXELS, check_pixels
from fervid.core.plurals import counted
from fervid.core.readings import Frame
from fervid.core.timecodes import Timecode, clock
from fervid.errors import SourceError
from fervid.sources.base import SourceInfo
from fervid.sources.picture_size import picture_size
from fervid.sources.sequence import FrameSequence
from fervid.sources.span import Span
from fervid.video.clock import MICROSECOND

_HEAD: Final = 1 << 16
"""Bytes at the beginning of a file in which its kind is looked for."""

_NO_DURATION_MS: Final = 100.0
"""Milliseconds for a frame that names none, as browsers show it."""

_MILLISECOND: Final = 1000
"""Milliseconds in microseconds."""

_DAMAGE: Final = (OSError, EOFError, SyntaxError, ValueError, Image.DecompressionBombError)
"""The errors that Pillow raises for pictures that do not decode."""


def is_animated(path: Path) -> bool:
    """Return True if a file is a WebP or PNG of several frames; False also where it cannot be read."""
    try:
        if not path.is_file() or is_pipe(path):
            return False
        head = _head(path)
    except OSError:
        return False
    # The chunk that announces frames comes before the image data (PNG, third edition, 5.6).
    return is_animated_webp(head) or (head.startswith(b"\x89PNG") and b"acTL" in head.partition(b"IDAT")[0])


def is_animated_webp(content: bytes) -> bool:
    """Return True if a file is a WebP of several frames, by its first bytes."""
    return content[:4] == b"RIFF" and content[8:16] == b"WEBPVP8X" and len(content) > 20 and bool(content[20] & 0x02)


def first_frame(content: bytes) -> NDArray[np.uint8] | None:
    """Decode the first frame of an animated picture, upright, as (height, width, 3) uint8, blue green red.

    Returns:
        The frame; None where it does not decode.
    """
    try:
        with Image.open(io.BytesIO(content)) as file:
            return _upright(file)
    except _DAMAGE:
        return None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)


class Animation(FrameSequence):
    """An animated picture, as a `Source`. Its times are the sums of the durations of its frames, from 0.

    EXIF orientation is applied and an alpha channel dropped, as for other pictures. Rate and duration in `info` are
    those of the first frame.

    Args:
        path: The file.
        start: The first frame to yield; None for the beginning.
        end: The frame to stop before; None for the end.
        max_pixels: The number of pixels that a frame may have.

    Raises:
        SourceError: The file cannot be read, is too large, or not a single frame of it decodes.
    """

    def __init__(
        self,
        path: Path,
        *,
        start: Timecode | None = None,
        end: Timecode | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        require_file(path)
        if (size := picture_size(_head(path))) is not None:  # Pillow allocates the canvas of a WebP when it opens it
            check_pixels(str(path), *size, max_pixels)
        self._path = path
        self._span = Span(start, end)
        self._last = 0.0
        try:
            self._file = Image.open(path)
        except _DAMAGE as error:
            raise _damaged_error(path) from error
        self._places = range(bool(getattr(self._file, "default_image", False)), getattr(self._file, "n_frames", 1))
        decoded = self._decode()
        first = next(decoded, None)
        if first is None:
            self._file.close()
            raise _damaged_error(path)
        image, duration = first
        rate = 1 / (duration * MICROSECOND)
        info = SourceInfo(
            path=path,
            width=image.shape[1],
            height=image.shape[0],
            time_base=MICROSECOND,
            rate=rate,
            frames=self._span.frame_count(len(self._places), rate),
            duration=float(len(self._places) / rate),
        )
        super().__init__(info, self._read(chain([first], decoded)))

    @property
    def damage(self) -> str | None:
        """A one-line report of the damage found so far; None where there is none."""
        if not self._undecodable:
            return None
        return (
            f"'{self._path}' is damaged: {counted(self._undecodable, 'frame')} after {clock(self._last)} did not decode"
        )

    @override
    def close(self) -> None:
        """Close the file."""
        super().close()
        self._file.close()

    def _decode(self) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Yield each frame with its duration in microseconds. What follows a damaged frame builds on it."""
        for place in self._places:
            try:
                self._file.seek(place)
                image = _upright(self._file)
            except _DAMAGE:
                self._undecodable = self._places.stop - place
                return
            duration = float(self._file.info.get("duration") or _NO_DURATION_MS)
            yield image, max(1, round(duration * _MILLISECOND))

    def _read(self, decoded: Iterable[tuple[NDArray[np.uint8], int]]) -> Generator[Frame, None, None]:
        is_empty, pts = True, 0
        for index, (image, duration) in enumerate(decoded):
            time = float(pts * MICROSECOND)
            if self._span.has_ended(index, time):
                break
            self._last = time
            if self._span.has_begun(index, time):
                is_empty = False
                yield Frame(image, index, pts, MICROSECOND)
            pts += duration
        if is_empty:
            raise self._span.empty_error(self._path, self._last)


def _upright(image: Image.Image) -> NDArray[np.uint8]:
    """Return a picture, turned as its EXIF data says, as (height, width, 3) uint8, blue green red."""
    pixels = np.asarray(ImageOps.exif_transpose(image.convert("RGB")))
    return np.ascontiguousarray(pixels[..., ::-1])


def _damaged_error(path: Path) -> SourceError:
    return SourceError(f"'{path}' is not a picture, or is damaged", "check whether another program opens it")
