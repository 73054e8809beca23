"""Interlaced clips made from progressive pictures, so that the truth of every frame is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from support.clips import Encoding, write_clip

_TICK = (("time_base", Fraction(1, 25)),)
MPEG2 = Encoding("mpeg2video", options=(("flags", "+ildct+ilme"), ("qmin", "1"), ("qmax", "2")), tags=_TICK)
X264 = {
    first: Encoding(options=(("preset", "fast"), ("crf", "4"), ("x264-params", f"{first[0]}ff=1")))
    for first in ("top", "bottom")
}
"""H.264 whose macroblocks may be interlaced (MBAFF), by the field that comes first."""


def moving(count: int, width: int = 128, height: int = 96, *, step: float = 5.0) -> list[NDArray[np.uint8]]:
    """Pictures of a smooth, coloured pattern that moves to the right, `step` pixels each."""
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    images = []
    for n in range(count):
        wave = np.sin((columns - step * n) * (2 * np.pi / 48)) * np.cos(rows * (2 * np.pi / 64))
        image = np.stack([128 + 40 * wave, 128 + 90 * wave, 128 - 60 * wave], axis=-1)
        images.append(image.round().astype(np.uint8))
    return images


def weave(images: Sequence[NDArray[np.uint8]], first: str = "top") -> Iterator[av.VideoFrame]:
    """Yield an interlaced frame for each two pictures: one field of each.

    Args:
        images: (height, width, 3) uint8, blue green red, two for each frame.
        first: The field that comes first, ``top`` or ``bottom``.
    """
    height, width = images[0].shape[:2]
    graph = Graph()
    source = graph.add("buffer", video_size=f"{width}x{height}", pix_fmt="yuv420p", time_base="1/25")
    flag = graph.add("setfield", mode=f"{first[0]}ff")
    graph.link_nodes(source, flag, graph.add("buffersink")).configure()
    for earlier, later in zip(images[::2], images[1::2], strict=True):
        top, bottom = (earlier, later) if first == "top" else (later, earlier)
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane, even, odd in zip(frame.planes, _planes(top), _planes(bottom), strict=True):
            lines = np.zeros((plane.height, plane.line_size), np.uint8)
            lines[::2, : plane.width], lines[1::2, : plane.width] = even[::2], odd[1::2]
            plane.update(lines.tobytes())
        graph.vpush(frame)
        yield graph.vpull()


def write_interlaced(
    path: Path, images: Sequence[NDArray[np.uint8]], first: str = "top", encoding: Encoding | None = None
) -> Path:
    """Write a clip of 25 interlaced frames a second, a frame for each two pictures."""
    encoding = encoding or X264[first]
    tick = Fraction(1, 25) if encoding.tags else Fraction(1, 1000)
    times = [round(n / 25 / tick) for n in range(len(images) // 2)]
    return write_clip(path, weave(images, first), encoding, times, time_base=tick)


def write_field_pictures(path: Path, images: Sequence[NDArray[np.uint8]], first: str = "top") -> Path:
    """Write raw H.264 whose every picture is one field (PAFF), which no free encoder does, in PCM macroblocks.

    Width and height are multiples of 16 and 32. The syntax is that of ITU-T H.264, 7.3.
    """
    height, width = images[0].shape[:2]
    parameters = _Bits().fixed(8, 77).fixed(16, 30)  # Main profile, level 3
    parameters.golomb(0, 0, 0, 4, 1).fixed(1, 0).golomb(width // 16 - 1, height // 32 - 1).fixed(5, 0b00100)
    pictures = _Bits().golomb(0, 0).fixed(2, 0).golomb(0, 0, 0).fixed(3, 0).golomb(0, 0, 0).fixed(3, 0b100)
    units = [parameters.unit(0x67), pictures.unit(0x68)]
    for n, image in enumerate(images):
        is_bottom = (n % 2 == 1) == (first == "top")
        luma, *chroma = (plane[int(is_bottom) :: 2] for plane in _planes(image))
        field = _Bits().golomb(0, 7, 0).fixed(4, n // 2 % 16).fixed(2, 0b10 | is_bottom)
        if n == 0:
            field.golomb(0)
        field.fixed(8, n % 256).fixed(2 if n == 0 else 1, 0).golomb(0, 1)
        for y in range(0, height // 2, 16):
            for x in range(0, width, 16):
                field.golomb(25).align(0)
                field.data(luma[y : y + 16, x : x + 16].tobytes())
                for plane in chroma:
                    field.data(plane[y // 2 : y // 2 + 8, x // 2 : x // 2 + 8].tobytes())
        units.append(field.unit(0x65 if n == 0 else 0x61))
    path.write_bytes(b"".join(units))
    return path


def _planes(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """The planes of a picture in YUV 4:2:0."""
    height, width = image.shape[:2]
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    return [planes[:height], chroma[0], chroma[1]]


class _Bits:
    """The bits of a unit of H.264, written one after the other."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._pending = ""

    def fixed(self, count: int, value: int) -> _Bits:
        """Write a number of `count` bits."""
        self._pending += f"{value:0{count}b}"
        while len(self._pending) >= 8:
            self._bytes.append(int(self._pending[:8], 2))
            self._pending = self._pending[8:]
        return self

    def golomb(self, *values: int) -> _Bits:
        """Write numbers as exponential Golomb codes (9.1)."""
        for value in values:
            self.fixed(2 * (value + 1).bit_length() - 1, value + 1)
        return self

    def align(self, bit: int) -> _Bits:
        """Write `bit` and zeros up to the end of the byte; nothing at its beginning."""
        if self._pending:
            self.fixed(8 - len(self._pending), bit << 7 - len(self._pending))
        return self

    def data(self, content: bytes) -> _Bits:
        """Write whole bytes."""
        self._bytes += content
        return self

    def unit(self, kind: int) -> bytes:
        """Return the unit with its end (7.3.2.11) and with what keeps start codes out of it (7.4.1)."""
        self.fixed(1, 1).align(0)
        escaped = bytearray()
        zeros = 0
        for byte in self._bytes:
            if zeros >= 2 and byte <= 3:
                escaped.append(3)
                zeros = 0
            escaped.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return b"\0\0\0\1" + bytes([kind]) + bytes(escaped)
