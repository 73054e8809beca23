"""The size of a picture, from the header of its file, so that nothing has to be decoded to know it.

Each format that OpenCV recognises by the beginning of a file has a function here. Where a header states several sizes,
the largest counts, because a decoder might follow any of them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import Final

Size = tuple[int, int]
"""Width and height in pixels."""

LONGEST_SIGNATURE: Final = 16
"""The number of bytes at the beginning of a file that show its format."""


def picture_size(content: bytes) -> Size | None:
    """Return width and height of a picture as its file stores it; None if the format is unknown or the header damaged.

    Args:
        content: The bytes of the file.
    """
    reader = _reader(content)
    try:
        return max(reader(content), key=lambda size: size[0] * size[1], default=None) if reader else None
    except (struct.error, IndexError, ValueError):  # the file ends within its header
        return None


def is_known(head: bytes) -> bool:
    """Return True if a file that begins with `head` has one of the formats whose size is known."""
    return _reader(head) is not None


def _reader(head: bytes) -> Callable[[bytes], Iterator[Size]] | None:
    return next((reader for signature, reader in _FORMATS if re.match(signature, head, re.DOTALL)), None)


def _png(content: bytes) -> Iterator[Size]:
    yield struct.unpack_from(">II", content, 16)


def _jpeg(content: bytes) -> Iterator[Size]:
    """Yield the size in each frame header before the first scan (ITU-T T.81, annex B)."""
    place = 2
    while True:
        place = content.index(b"\xff", place)
        marker = content[place + 1]
        if marker in (0x00, 0xFF):  # stuffing
            place += 1
        elif marker in (0x01, *range(0xD0, 0xD9)):  # markers without a segment
            place += 2
        elif marker in (0xD9, 0xDA):
            return
        else:
            if marker in range(0xC0, 0xD0) and marker not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack_from(">HH", content, place + 5)
                yield width, height
            place += 2 + int(struct.unpack_from(">H", content, place + 2)[0])


def _webp(content: bytes) -> Iterator[Size]:
    """Yield the size of the canvas, or of the only image (RFC 9649, 2)."""
    kind = content[12:16]
    if kind == b"VP8X":
        yield 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", content, 21)
        yield 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", content, 26)
        yield width & 0x3FFF, height & 0x3FFF


def _bmp(content: bytes) -> Iterator[Size]:
    """Yield the size in the header, whose oldest version has 16 bits for it; a negative height means top to bottom."""
    (length,) = struct.unpack_from("<I", content, 14)
    width, height = struct.unpack_from("<HH" if length == 12 else "<ii", content, 18)
    yield abs(width), abs(height)


def _gif(content: bytes) -> Iterator[Size]:
    yield struct.unpack_from("<HH", content, 6)


def _netpbm(content: bytes) -> Iterator[Size]:
    """Yield the size in the header of a PBM, PGM, PPM or PFM file: two numbers, between which there may be comments."""
    numbers = re.match(
        rb"..(?:\s|#[^\r\n]*[\r\n])*(\d{1,10})(?:\s|#[^\r\n]*[\r\n])+(\d{1,10})\s", content[:4096], re.DOTALL
    )
    if numbers:
        yield int(numbers[1]), int(numbers[2])


def _pam(content: bytes) -> Iterator[Size]:
    head = content[:4096]
    width, height = re.search(rb"\nWIDTH\s+(\d{1,10})", head), re.search(rb"\nHEIGHT\s+(\d{1,10})", head)
    if width and height:
        yield int(width[1]), int(height[1])


def _tiff(content: bytes) -> Iterator[Size]:
    """Yield the size in the first directory, or that of its tiles if they are larger (TIFF 6.0, BigTIFF)."""
    order = "<" if content.startswith(b"II") else ">"
    big = struct.unpack_from(f"{order}H", content, 2)[0] == 43
    (place,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", content, 8 if big else 4)
    (count,) = struct.unpack_from(f"{order}Q" if big else f"{order}H", content, place)
    first, step, field = (place + 8, 20, 12) if big else (place + 2, 12, 8)
    sides: dict[int, int] = {}
    for entry in range(first, min(first + step * count, len(content)), step):
        tag, kind = struct.unpack_from(f"{order}HH", content, entry)
        if tag in _TIFF_SIDES and kind in _TIFF_TYPES:
            (side,) = struct.unpack_from(order + _TIFF_TYPES[kind], content, entry + field)
            sides[tag] = max(side, sides.get(tag, 0))
    width, height, tile_width, tile_height = (sides.get(tag, 0) for tag in _TIFF_SIDES)
    if width and height:
        yield max(width, tile_width), max(height, tile_height)


_TIFF_SIDES: Final = (256, 257, 322, 323)
"""The tags of width and height, of the image and of its tiles."""

_TIFF_TYPES: Final = {1: "B", 3: "H", 4: "I", 16: "Q"}
"""The types that these tags may have."""


def _avif(content: bytes) -> Iterator[Size]:
    """Yield the size of each image in the file (ISO/IEC 23008-12, 6.5.3)."""
    for found in re.finditer(rb"ispe", content):
        yield struct.unpack_from(">II", content, found.end() + 4)


def _jpeg_2000(content: bytes) -> Iterator[Size]:
    """Yield the size at the beginning of each code stream (ITU-T T.800, A.5.1)."""
    for found in re.finditer(rb"\xff\x4f\xff\x51", content):
        right, bottom, left, top = struct.unpack_from(">IIII", content, found.end() + 4)
        yield right - left, bottom - top


def _radiance(content: bytes) -> Iterator[Size]:
    found = re.search(rb"\n[-+]Y\s+(\d{1,10})\s+[-+]X\s+(\d{1,10})", content[:65_536])
    if found:
        yield int(found[2]), int(found[1])


def _sun_raster(content: bytes) -> Iterator[Size]:
    yield struct.unpack_from(">II", content, 4)


_FORMATS: Final[tuple[tuple[bytes, Callable[[bytes], Iterator[Size]]], ...]] = (
    (rb"\x89PNG\r\n\x1a\n", _png),
    (rb"\xff\xd8\xff", _jpeg),
    (rb"RIFF....WEBP", _webp),
    (rb"BM", _bmp),
    (rb"GIF8[79]a", _gif),
    (rb"P[1-6Ff]\s", _netpbm),
    (rb"P7\s", _pam),
    (rb"II[\x2a\x2b]\x00|MM\x00[\x2a\x2b]", _tiff),
    (rb"....ftyp(avif|avis|mif1|msf1)", _avif),
    (rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51", _jpeg_2000),
    (rb"#\?(RADIANCE|RGBE)", _radiance),
    (rb"\x59\xa6\x6a\x95", _sun_raster),
)
"""The readers of sizes, by the beginning of a file."""
