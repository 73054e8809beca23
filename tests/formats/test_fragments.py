"""The cut of a recorded MP4 file, at every byte where a full disk may end it."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from fervid.formats.fragments import cut_torn_end


def box(kind: bytes, content: bytes = b"", *, long: bool = False) -> bytes:
    """Return a box of an MP4 file; `long` writes its length in 64 bits, as large pictures need it."""
    if long:
        return (1).to_bytes(4, "big") + kind + (16 + len(content)).to_bytes(8, "big") + content
    return (8 + len(content)).to_bytes(4, "big") + kind + content


BOXES = [
    box(b"ftyp", b"isom"),
    box(b"free"),
    box(b"moov", b"tracks"),
    box(b"moof", b"times"),
    box(b"mdat", b"pictures"),
    box(b"moof", b"times"),
    box(b"mdat", b"large pictures", long=True),
    box(b"moof", b"times"),
    box(b"mdat"),
    box(b"mfra", b"index"),
]
ENDS = list(itertools.accumulate(map(len, BOXES)))
WHOLE = [end for end, content in zip(ENDS, BOXES, strict=True) if content[4:8] in (b"mdat", b"mfra")]


@pytest.mark.parametrize(
    "rest", [b"", bytes(100), b"\0\0\0\7mdat" + bytes(20)], ids=["nothing", "zeros", "a short box"]
)
def test_what_is_left_ends_with_the_last_whole_fragment(tmp_path: Path, rest: bytes) -> None:
    """A power cut may leave zeros where the disk has not yet written."""
    path, content = tmp_path / "a.mp4", b"".join(BOXES)
    for size in ENDS if rest else range(len(content) + 1):
        path.write_bytes(content[:size] + rest)
        cut_torn_end(path)
        assert path.read_bytes() == content[: max((end for end in WHOLE if end <= size), default=0)]
