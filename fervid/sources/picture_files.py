"""Picture files, and folders of them read as a sequence."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.files import read_error, require_file
from fervid.core.pixels import MAX_PIXELS, RAISE_LIMIT, check_pixels
from fervid.core.readings import Frame
from fervid.core.regular_files import LARGE, read_up_to
from fervid.core.timecodes import Timecode
from fervid.errors import SourceError
from fervid.sources.animation import first_frame, is_animated, is_animated_webp
from fervid.sources.base import SourceInfo
from fervid.sources.inputs import PICTURE_RATE, pictures_in
from fervid.sources.picture_size import LONGEST_SIGNATURE, is_known, picture_size
from fervid.sources.sequence import FrameSequence
from fervid.sources.span import Span
from fervid.sources.upright_size import upright_size

_log = logging.getLogger(__name__)

_MAX_NAMED: Final = 3
"""The number of damaged pictures that `damage` names; the others are counted."""

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_NEEDED_PNG_CHUNKS: Final = frozenset({b"tRNS", b"eXIf"})
"""The ancillary chunks that change how a picture looks: transparency and orientation."""

_MAX_BYTES: Final = 16
"""The largest number of bytes a pixel that a file of pictures has: four channels of 32 bits, without compression."""

_HEADER_BYTES: Final = 1 << 24
"""The number of bytes that a picture file may have besides its pixels."""


class Pictures(FrameSequence):
    """A sequence of picture files, as a `Source`.

    The time of a picture is its position among the files divided by `rate`; its index counts only those that decode.
    A damaged picture thus leaves a gap in time and moves no other picture. EXIF orientation is applied, an alpha
    channel dropped, and 16 bits are reduced to 8. Each picture has its own size. All are shown on one canvas, the
    largest size among the files.

    Args:
        path: The file or folder, for messages.
        files: The picture files, in order.
        rate: Pictures a second.
        span: The part of the sequence to yield.
        max_pixels: The number of pixels that a picture may have; one that has more counts as damaged.

    Raises:
        SourceError: None of the files decodes.
    """

    def __init__(
        self, path: Path, files: Sequence[Path], rate: Fraction, span: Span, max_pixels: int = MAX_PIXELS
    ) -> None:
        self._path = path
        self._max_pixels = max_pixels
        self._files = files
        self._span = span
        self._time_base = 1 / rate
        self._damaged: list[tuple[Path, SourceError]] = []
        images = self._decode()
        first = next(images, None)
        if first is None:
            for _, error in self._damaged:
                if error.remedy == RAISE_LIMIT:
                    raise error
            raise SourceError(f"'{path}' has no picture that decodes", "check whether another program opens it")
        sizes = [Canvas(first[1].shape[1], first[1].shape[0])]
        if len(files) > 1:
            sizes += [size for size in map(upright_size, files) if size is not None and size.area <= max_pixels]
        self._canvas = max(sizes, key=lambda size: size.area)
        if len(set(sizes)) > 1:
            _log.info(
                "the pictures of '%s' have %d sizes; boxes and the annotated video are %s",
                path,
                len(set(sizes)),
                self._canvas,
            )
        info = SourceInfo(
            path=path,
            width=self._canvas.width,
            height=self._canvas.height,
            time_base=self._time_base,
            rate=rate,
            frames=span.frame_count(len(files), rate),
            duration=float(len(files) * self._time_base),
            still=True,
        )
        super().__init__(info, self._read(chain([first], images)))

    @property
    def damage(self) -> str | None:
        """A one-line report of the pictures that did not decode so far; None where there is none."""
        if not self._undecodable:
            return None
        more = self._undecodable - len(self._damaged)
        each = [file.name + (" (too large)" if error.remedy == RAISE_LIMIT else "") for file, error in self._damaged]
        names = ", ".join(each) + (f" and {more} more" if more else "")
        return f"'{self._path}' has pictures that did not decode: {names}"

    def _decode(self) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        for place, file in enumerate(self._files):
            image = self._decode_or_count(file)
            if image is not None:
                yield place, image

    def _decode_or_count(self, file: Path) -> NDArray[np.uint8] | None:
        try:
            return read_picture(file, self._max_pixels)
        except SourceError as error:
            self._undecodable += 1
            if len(self._damaged) < _MAX_NAMED:
                self._damaged.append((file, error))
            return None

    def _read(self, images: Iterable[tuple[int, NDArray[np.uint8]]]) -> Generator[Frame, None, None]:
        is_empty = True
        time = 0.0
        for index, (place, image) in enumerate(images):
            time = float(place * self._time_base)
            if self._span.has_ended(index, time):
                break
            if self._span.has_begun(index, time):
                is_empty = False
                size = Canvas(image.shape[1], image.shape[0])
                shown_on = None if size == self._canvas else self._canvas
                yield Frame(image, index, place, self._time_base, shown_on=shown_on)
        if is_empty:
            raise self._span.empty_error(self._path, time)


class Picture(Pictures):
    """A picture file, as a `Source` of one frame at time 0.

    Args:
        path: The file.
        max_pixels: The number of pixels that it may have.

    Raises:
        SourceError: The file cannot be read, is not a picture, or is too large.
    """

    def __init__(self, path: Path, *, max_pixels: int = MAX_PIXELS) -> None:
        require_file(path)
        super().__init__(path, [path], PICTURE_RATE, Span(), max_pixels)


class PictureFolder(Pictures):
    """The pictures in a folder, in natural order of their names (img2 before img10), as a `Source`.

    Args:
        path: The folder.
        rate: Pictures a second.
        start: The first frame to yield; None for the beginning.
        end: The frame to stop before; None for the end.
        max_pixels: The number of pixels that a picture may have; one that has more counts as damaged.

    Raises:
        SourceError: The folder cannot be read, has no pictures, or none of them decodes.
    """

    def __init__(
        self,
        path: Path,
        rate: Fraction = PICTURE_RATE,
        *,
        start: Timecode | None = None,
        end: Timecode | None = None,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        super().__init__(path, pictures_in(path), rate, Span(start, end), max_pixels)


def read_picture(path: Path, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Read a picture file, upright, as (height, width, 3) uint8, blue green red.

    Args:
        path: The file.
        max_pixels: The number of pixels that it may have.

    Raises:
        SourceError: The file cannot be read, does not decode, or is too large.
    """
    require_file(path)
    if is_animated(path):
        _log.info("'%s' is animated; only its first frame is read", path)
    return decode_picture(_content(path, max_pixels), str(path), max_pixels)


def _content(path: Path, max_pixels: int) -> bytes:
    """Return the content of a picture file, or only its beginning where that shows no picture, as in /dev/zero."""
    most = min(max_pixels * _MAX_BYTES + _HEADER_BYTES, LARGE)
    try:
        with path.open("rb") as file:
            head = file.read(LONGEST_SIGNATURE)
            is_too_large = os.fstat(file.fileno()).st_size > most
            content = head if is_too_large or not is_known(head) else head + read_up_to(file, most)
    except OSError as error:
        raise read_error(path, error) from error
    if is_too_large or len(content) > most:
        raise SourceError(f"'{path}' is larger than a file of {max_pixels:,} pixels can be", RAISE_LIMIT)
    return content


def decode_picture(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Decode the content of a picture file, upright, as (height, width, 3) uint8, blue green red.

    The header is checked before anything is decoded.

    Args:
        content: The bytes of the file.
        name: The name to use in messages.
        max_pixels: The number of pixels that it may have.

    Raises:
        SourceError: It does not decode, or is too large.
    """
    size = picture_size(content)
    if size is not None:
        check_pixels(name, *size, max_pixels)
    image = _decode(content) if size else None
    if image is None:
        raise SourceError(f"'{name}' is not a picture, or is damaged", "check whether another program opens it")
    return image


def _decode(content: bytes) -> NDArray[np.uint8] | None:
    if is_animated_webp(content):
        return first_frame(content)  # OpenCV does not turn it upright
    data = _essential_png(content) if content.startswith(_PNG_SIGNATURE) else content
    return _imdecode(data) if data else None


def _imdecode(data: bytes) -> NDArray[np.uint8] | None:
    level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        # cv2.imread would fail at names that the code page of Windows cannot express.
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # the picture is larger than OpenCV accepts
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)
    return cast("NDArray[np.uint8] | None", image)


def _essential_png(data: bytes) -> bytes | None:
    """Return a PNG file without the chunks that its picture does not need; None where it is cut off or corrupt.

    libpng writes to standard error itself when a file is damaged, and when a colour profile is unusual, as many are.
    A chunk consists of a length, a type, data and a checksum (ISO/IEC 15948, 5).
    """
    kept = [_PNG_SIGNATURE]
    place = len(_PNG_SIGNATURE)
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        chunk = data[place:end]
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            return None
        kind = chunk[4:8]
        is_critical = kind[:1].isupper()
        if is_critical or kind in _NEEDED_PNG_CHUNKS:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        place = end
    return None
