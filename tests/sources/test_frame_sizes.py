"""The sizes of frames, found from packets alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from support.clips import Encoding, grey, noise, write_clip, write_parts

from fervid.core.canvas import Canvas
from fervid.sources.frame_sizes import frame_sizes

SMALL, LARGE = (160, 96), (320, 192)
QUICK = (("preset", "ultrafast"), ("bf", "0"))


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("h264.mp4", Encoding(options=QUICK)),
        ("h264.mkv", Encoding(options=QUICK)),
        ("h264.ts", Encoding(options=QUICK)),
        (
            "hevc.ts",
            Encoding("libx265", options=(("preset", "ultrafast"), ("x265-params", "log-level=none:bframes=0"))),
        ),
        ("vp8.webm", Encoding("libvpx", options=())),
        ("vp9.webm", Encoding("libvpx-vp9", options=())),
        ("mpeg2.ts", Encoding("mpeg2video", options=())),
        ("mpeg4.avi", Encoding("mpeg4", options=())),
        ("mjpeg.mkv", Encoding("mjpeg", "yuvj420p", ())),
    ],
)
def test_every_size_is_found_in_every_codec(tmp_path: Path, name: str, encoding: Encoding) -> None:
    parts = [[grey(20 * n, *size) for n in range(5)] for size in (SMALL, LARGE, SMALL)]
    path = write_parts(tmp_path / name, parts, encoding)
    assert frame_sizes(path, 0) == [Canvas(*SMALL), Canvas(*LARGE)]


def test_a_size_comes_with_the_pixel_aspect_of_its_frames(tmp_path: Path) -> None:
    parts = [
        write_clip(tmp_path / f"{width}.ts", [grey(9, width, 96)] * 5, Encoding(tags=(("sample_aspect_ratio", ratio),)))
        for width, ratio in ((160, Fraction(2)), (320, Fraction(1)))
    ]
    path = tmp_path / "both.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    assert frame_sizes(path, 0) == [Canvas(160, 96, Fraction(2)), Canvas(320, 96)]


def test_a_damaged_header_counts_for_nothing(tmp_path: Path) -> None:
    """The header of a key frame of VP8 has the size in 14 bits each, after three bytes (RFC 6386, 9.1)."""
    path = write_parts(tmp_path / "x.webm", [[noise(n, *SMALL) for n in range(3)]] * 2, Encoding("libvpx", options=()))
    data = bytearray(path.read_bytes())
    start = b"\x9d\x01\x2a"
    assert data.count(start) == 2
    place = data.rindex(start)
    data[place - 3 : place] = b"\xf0\xff\xff"  # a first partition longer than the packet
    data[place + 3 : place + 7] = b"\xff\x3f\xff\x3f"
    path.write_bytes(data)
    assert frame_sizes(path, 0) == [Canvas(*SMALL)]


def test_a_key_frame_that_does_not_decode_whole_counts_for_nothing(tmp_path: Path) -> None:
    """Its header claims a new size, and is undamaged. A key frame of H.264 follows the bytes 0, 0, 1 and 65 (hex)."""
    parts = [
        write_clip(tmp_path / f"{width}.h264", [noise(n, width, height) for n in range(3)], Encoding(options=QUICK))
        for width, height in (SMALL, LARGE)
    ]
    small, large = (bytearray(part.read_bytes()) for part in parts)
    begin = large.index(b"\x00\x00\x01\x65")
    end = large.index(b"\x00\x00\x01", begin + 4)
    (tmp_path / "whole.h264").write_bytes(small + large)
    assert frame_sizes(tmp_path / "whole.h264", 0) == [Canvas(*SMALL), Canvas(*LARGE)]
    large[begin + 40 : end] = b"\xff" * (end - begin - 40)
    (tmp_path / "damaged.h264").write_bytes(small + large)
    assert frame_sizes(tmp_path / "damaged.h264", 0) == [Canvas(*SMALL)]


def test_a_file_that_is_cut_off_gives_the_sizes_up_to_there(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "x.ts", [[noise(n, *size) for n in range(5)] for size in (SMALL, LARGE)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    assert frame_sizes(path, 0) == [Canvas(*SMALL)]


def test_codecs_of_key_frames_alone_are_not_searched(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "x.avi", [grey(9)] * 3, Encoding("rawvideo", "bgr24", ()))
    assert frame_sizes(path, 0) == []
