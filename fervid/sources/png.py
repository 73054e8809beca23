"""The structure of a PNG file (ISO/IEC 15948), as far as it must be known before libpng sees it."""

from __future__ import annotations

import zlib
from typing import Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

_ALSO_NEEDED: Final = frozenset({b"tRNS", b"eXIf"})


def essential(data: bytes) -> bytes | None:
    """`data` without the chunks that the picture does not need; None where it is cut off or a checksum fails.

    libpng writes to standard error by itself where a file is damaged, and where a colour profile is odd, as many are.
    """
    kept = [SIGNATURE]
    place = len(SIGNATURE)
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        chunk = data[place:end]
        if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:], "big"):
            return None
        kind = chunk[4:8]
        critical = kind[:1].isupper()
        if critical or kind in _ALSO_NEEDED:
            kept.append(chunk)
        if kind == b"IEND":
            return b"".join(kept)
        place = end
    return None
