"""The limit of pixels: a small file that claims an enormous picture is refused before anything is decoded."""

from __future__ import annotations

import os
import resource
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clips import Encoding, grey, noise, write_clip, write_parts

from fervid.core.pixels import MAX_PIXELS, MAX_PIXELS_BOUNDS
from fervid.errors import SourceError
from fervid.sources import open_source
from fervid.sources.picture_files import PictureFolder, decode_picture
from fervid.sources.picture_size import picture_size
from fervid.sources.stream import Stream

SUFFIXES = ("png", "jpg", "webp", "bmp", "gif", "ppm", "pgm", "pbm", "pam", "pfm", "tif", "avif", "jp2", "hdr", "ras")
"""The formats that OpenCV writes here, and reads."""


def encoded(suffix: str, height: int = 37, width: int = 53) -> bytes:
    image = np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)
    if suffix in ("pgm", "pbm"):
        image = image[..., 0]
    written = image.astype(np.float32) if suffix in ("pfm", "hdr") else image
    return cv2.imencode(f".{suffix}", written)[1].tobytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width: int, height: int) -> bytes:
    """A complete grey PNG whose pixels take a thousandth of their number in the file."""
    size = (1 + width) * height
    packer = zlib.compressobj(9, wbits=-15)
    part = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)  # may be repeated as it is
    rest = packer.compress(bytes(size % 1_000_000)) + packer.flush()
    rows = b"\x78\xda" + part * (size // 1_000_000) + rest + struct.pack(">HH", size % 65_521, 1)  # Adler-32 of zeros
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@contextmanager
def memory_of(megabytes: int) -> Iterator[None]:
    """Allow the block this much more memory than the process has."""
    with Path("/proc/self/statm").open() as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (size + megabytes * 1_000_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_header_gives_the_size_that_decoding_gives(suffix: str) -> None:
    assert picture_size(encoded(suffix)) == (53, 37)
    assert decode_picture(encoded(suffix), "a", max_pixels=53 * 37).shape == (37, 53, 3)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_picture_over_the_limit_is_refused(suffix: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode_picture(encoded(suffix), "a.b", max_pixels=53 * 37 - 1)
    assert str(caught.value) == (
        "'a.b' has 53x37 pixels, more than the limit of 1,960; raise it with max_pixels if you trust the file"
    )


@pytest.mark.parametrize("suffix", ["webp", "webp lossless", "big tiff", "tiled tiff", "old bmp"])
def test_the_size_is_found_in_every_variant_of_a_format(suffix: str) -> None:
    if suffix == "old bmp":
        content = b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 53, 37, 1, 24)
    elif suffix.startswith("webp"):
        quality = 101 if suffix.endswith("lossless") else 80
        content = cv2.imencode(".webp", noise(1)[:37, :53], [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes()
    elif suffix == "big tiff":
        entries = struct.pack(">HHQQ", 256, 16, 1, 53) + struct.pack(">HHQHHI", 257, 3, 1, 37, 0, 0)
        content = b"MM\0\x2b\0\x08\0\0" + struct.pack(">QQ", 16, 2) + entries
    else:
        entries = b"".join(
            struct.pack("<HHII", tag, 4, 1, side) for tag, side in ((256, 9), (257, 9), (322, 53), (323, 37))
        )
        content = b"II*\0" + struct.pack("<IH", 8, 4) + entries
    assert picture_size(content) == (53, 37)


@given(st.sampled_from(SUFFIXES), st.data())
def test_a_damaged_header_gives_a_size_or_none(suffix: str, data: st.DataObject) -> None:
    content = bytearray(encoded(suffix))
    for _ in range(3):
        content[data.draw(st.integers(0, min(200, len(content)) - 1))] = data.draw(st.integers(0, 255))
    size = picture_size(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert size is None or len(size) == 2


def test_a_small_file_of_a_thousand_million_pixels_is_refused_in_no_memory(tmp_path: Path) -> None:
    content = png_bomb(1000, 1_000_000)
    (tmp_path / "bomb.png").write_bytes(content)
    assert len(content) < 1_200_000
    with memory_of(100), pytest.raises(SourceError, match="has 1000x1000000 pixels, more than the limit of 250,000,"):
        open_source(tmp_path / "bomb.png")


def test_a_file_longer_than_any_picture_of_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.png"
    path.write_bytes(encoded("png"))
    with path.open("ab") as file:
        file.truncate(1 << 40)  # a terabyte, of which the disk stores nothing
    with memory_of(100), pytest.raises(SourceError, match="is larger than a file of 250,000,000 pixels can be; raise"):
        open_source(path)


@pytest.mark.limit(30)
def test_a_picture_may_come_through_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    writer = threading.Thread(target=(tmp_path / "a.png").write_bytes, args=[encoded("png")], daemon=True)
    writer.start()
    with open_source(tmp_path / "a.png") as source:
        assert [frame.image.shape for frame in source] == [(37, 53, 3)]
    writer.join()


def test_pictures_over_the_limit_are_left_out_of_a_folder_and_named(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), grey(1, 10, 10))
    cv2.imwrite(str(tmp_path / "2.png"), grey(1, 20, 20))
    with PictureFolder(tmp_path, max_pixels=100) as source:
        assert len(list(source)) == 1
    assert source.damage == f"'{tmp_path}' has pictures that did not decode: 2.png (too large)"
    with pytest.raises(SourceError, match=r"1\.png' has 10x10 pixels, more than the limit of 99"):
        PictureFolder(tmp_path, max_pixels=99)


@pytest.mark.parametrize("suffix", ["webp", "png"])
def test_an_animation_over_the_limit_is_refused(tmp_path: Path, suffix: str) -> None:
    from PIL import Image

    path = tmp_path / f"moving.{suffix}"
    frames = [Image.fromarray(noise(place)) for place in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    width, height = frames[0].size
    with open_source(path, max_pixels=width * height) as source:
        assert len(list(source)) == 3
    with pytest.raises(SourceError, match=f"has {width}x{height} pixels, more than the limit"):
        open_source(path, max_pixels=width * height - 1)


def test_a_video_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", [grey(n, 160, 90) for n in range(3)])
    with open_source(path, max_pixels=160 * 90) as source:
        assert len(list(source)) == 3
    with pytest.raises(SourceError, match="has 160x90 pixels, more than the limit of 14,399"):
        open_source(path, max_pixels=160 * 90 - 1)
    with pytest.raises(SourceError, match="has 160x90 pixels, more than the limit of 14,399"):
        Stream(str(path), max_pixels=160 * 90 - 1)


def growing(path: Path, width: int, height: int) -> Path:
    """Write a video that begins with 3 frames of 160x96 pixels, and goes on with 3 larger ones."""
    parts = [[grey(20 * n, *size) for n in range(3)] for size in ((160, 96), (width, height))]
    return write_parts(path, parts, Encoding("libvpx", options=()))


def test_a_video_that_grows_over_the_limit_is_refused_before_anything_is_analysed(tmp_path: Path) -> None:
    path = growing(tmp_path / "a.webm", 320, 192)
    with pytest.raises(SourceError, match="has 320x192 pixels, more than the limit of 60,000; raise it"):
        open_source(path, max_pixels=60_000)


def test_frames_that_the_decoder_refuses_for_their_size_are_left_out_and_the_limit_is_named(tmp_path: Path) -> None:
    path = growing(tmp_path / "a.webm", 640, 384)
    with open_source(path, max_pixels=60_000) as source:
        assert [frame.image.shape for frame in source] == [(96, 160, 3)] * 3
    assert source.damage == f"'{path}' is damaged: 3 frames did not decode, or exceed max_pixels"


def test_a_video_whose_codec_claims_more_than_its_container_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mov"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("png", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "gray"
        container.start_encoding()
        for place in range(2):
            packet = av.Packet(png_bomb(5000, 5000) if place else cv2.imencode(".png", grey(1, 64, 64))[1].tobytes())
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, place * 40, place * 40, stream.time_base
            container.mux(packet)
    with open_source(path, max_pixels=1_000_000) as source:
        assert [frame.image.shape for frame in source] == [(64, 64, 3)]
        assert source.undecodable == 1


def test_no_camera_reaches_the_limit_and_opencv_decodes_all_that_it_allows() -> None:
    phone, medium_format, opencv = 16_320 * 12_240, 14_204 * 10_652, 1 << 30
    assert max(phone, medium_format) < MAX_PIXELS < MAX_PIXELS_BOUNDS[1] < opencv
