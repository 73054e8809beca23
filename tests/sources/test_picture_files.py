"""Picture files and folders of them."""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from support.clips import cut, grey, noise, quadrants

from fervid.core.canvas import Canvas
from fervid.core.timecodes import Timecode
from fervid.errors import SourceError
from fervid.sources.picture_files import Picture, PictureFolder
from fervid.video.fitting import fit


def image_of(path: Path) -> NDArray[np.uint8]:
    with Picture(path) as source:
        (frame,) = source
    assert source.info.still
    assert (source.info.width, source.info.height) == (frame.width, frame.height)
    assert (frame.index, frame.time) == (0, 0.0)
    return frame.image


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".webp", ".ppm"])
def test_pictures_of_eight_bits_are_unchanged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"смех 笑{suffix}"
    data = cv2.imencode(suffix, noise(1), [cv2.IMWRITE_WEBP_QUALITY, 101])[1]
    path.write_bytes(data.tobytes())
    np.testing.assert_array_equal(image_of(path), noise(1))


def test_jpeg(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.JPG"), quadrants())
    assert np.abs(image_of(tmp_path / "a.JPG").astype(int) - quadrants()).mean() < 4


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "deep.png"), noise(1).astype(np.uint16) * 257)
    assert np.abs(image_of(tmp_path / "deep.png").astype(int) - noise(1)).max() <= 1


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), noise(1)[..., 0])
    np.testing.assert_array_equal(image_of(tmp_path / "grey.png"), np.repeat(noise(1)[..., :1], 3, axis=2))


def test_alpha_is_dropped(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "alpha.png"), np.dstack([noise(1), noise(2)[..., 0]]))
    np.testing.assert_array_equal(image_of(tmp_path / "alpha.png"), noise(1))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_a_palette_is_applied(tmp_path: Path) -> None:
    rows = zlib.compress(b"\0\0\1" + b"\0\1\0")
    header = struct.pack(">IIBBBBB", 2, 2, 8, 3, 0, 0, 0)
    palette = bytes((255, 0, 0, 0, 0, 255))
    data = chunk(b"IHDR", header) + chunk(b"PLTE", palette) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    (tmp_path / "palette.png").write_bytes(b"\x89PNG\r\n\x1a\n" + data)
    assert image_of(tmp_path / "palette.png").tolist() == [[[0, 0, 255], [255, 0, 0]], [[255, 0, 0], [0, 0, 255]]]


ORIENTED = {
    1: lambda image: image,
    2: lambda image: image[:, ::-1],
    3: lambda image: image[::-1, ::-1],
    4: lambda image: image[::-1],
    5: lambda image: image.transpose(1, 0, 2),
    6: lambda image: np.rot90(image, -1),
    7: lambda image: image[::-1, ::-1].transpose(1, 0, 2),
    8: lambda image: np.rot90(image, 1),
}
"""The transformation for each EXIF orientation (CIPA DC-008, 4.6.5)."""


@pytest.mark.parametrize("orientation", ORIENTED)
def test_exif_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    plain = cv2.imencode(".jpg", quadrants())[1].tobytes()
    tag = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHHI", 0x0112, 3, 1, orientation, 0, 0)
    (tmp_path / "a.jpg").write_bytes(plain[:2] + b"\xff\xe1" + struct.pack(">H", len(tag) + 2) + tag + plain[2:])
    expected = ORIENTED[orientation](quadrants())
    image = image_of(tmp_path / "a.jpg")
    assert image.shape == expected.shape
    assert image.flags.c_contiguous
    assert np.abs(image.astype(int) - expected).mean() < 4


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff", ".bmp"])
def test_a_picture_that_is_cut_off_is_an_error(tmp_path: Path, suffix: str) -> None:
    whole = tmp_path / f"whole{suffix}"
    cv2.imwrite(str(whole), noise(1))
    with pytest.raises(SourceError, match="decodes"):
        Picture(cut(whole, tmp_path / f"cut{suffix}"))


def test_a_missing_or_empty_picture_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        Picture(tmp_path / "missing.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(SourceError, match="is empty"):
        Picture(tmp_path / "empty.png")


def test_a_folder_is_read_in_natural_order(album: Path) -> None:
    with PictureFolder(album) as source:
        levels = [int(frame.image[0, 0, 0]) for frame in source]
    assert levels == [20 * place for place in range(12)]  # img2 before img10


def test_times_are_position_divided_by_rate(album: Path) -> None:
    with PictureFolder(album) as source:
        assert [frame.time for frame in source] == pytest.approx([place / 25 for place in range(12)])
    with PictureFolder(album, Fraction(30_000, 1001)) as source:
        frames = list(source)
    assert frames[11].time == 11 * 1001 / 30_000
    assert source.info.rate == Fraction(30_000, 1001)
    assert source.info.duration == pytest.approx(12 * 1001 / 30_000)


def test_start_and_end_limit_the_expected_number_of_pictures(album: Path) -> None:
    with PictureFolder(album, start=Timecode(seconds=0.08), end=Timecode(frame=5)) as source:
        assert source.info.frames == 3
        assert [frame.index for frame in source] == [2, 3, 4]


def test_damaged_pictures_are_named_and_leave_a_gap_in_time(tmp_path: Path) -> None:
    for place in range(8):
        cv2.imwrite(str(tmp_path / f"{place}.png"), noise(place))
    for place in (0, 3, 4, 6):
        cut(tmp_path / f"{place}.png", tmp_path / f"{place}.png")
    with PictureFolder(tmp_path) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert [frame.pts for frame in frames] == [1, 2, 5, 7]
    assert source.undecodable == 4
    assert source.damage == f"'{tmp_path}' has pictures that did not decode: 0.png, 3.png, 4.png and 1 more"


def test_a_folder_of_only_damaged_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"words")
    with pytest.raises(SourceError, match="has no picture that decodes"):
        PictureFolder(tmp_path)


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="has no pictures"):
        PictureFolder(tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        PictureFolder(tmp_path / "missing")


def test_pictures_have_their_own_sizes_and_are_shown_in_the_largest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    cv2.imwrite(str(tmp_path / "1.png"), grey(200, 40, 20))
    cv2.imwrite(str(tmp_path / "2.png"), grey(100, 80, 40))
    cv2.imwrite(str(tmp_path / "3.png"), grey(100, 20, 40))
    with PictureFolder(tmp_path) as source:
        frames = list(source)
        assert (source.info.width, source.info.height) == (80, 40)
    assert [frame.image.shape for frame in frames] == [(20, 40, 3), (40, 80, 3), (40, 20, 3)]
    shown = [fit(frame).image for frame in frames]
    assert [image.shape for image in shown] == [(40, 80, 3)] * 3
    assert (shown[0] == 200).all()
    assert (shown[2][:, 30:50] == 100).all()
    assert max(shown[2][:, :30].max(), shown[2][:, 50:].max()) == 0
    assert [record.getMessage() for record in caplog.records] == [
        f"the pictures of '{tmp_path}' have 3 sizes; boxes and the annotated video are 80x40"
    ]


def test_the_size_of_a_picture_is_the_one_after_its_orientation(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), grey(200, 20, 10))
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.fromarray(grey(100, 80, 40)).save(tmp_path / "2.jpg", exif=turned)
    with PictureFolder(tmp_path) as source:
        assert (source.info.width, source.info.height) == (40, 80)
        assert [frame.canvas for frame in source] == [Canvas(40, 80)] * 2


def test_an_unusual_colour_profile_is_not_damage(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = cv2.imencode(".png", noise(1))[1].tobytes()
    profile = chunk(b"iCCP", b"odd\0\0" + zlib.compress(b"x" * 200))
    (tmp_path / "odd.png").write_bytes(data[:33] + profile + data[33:])
    np.testing.assert_array_equal(image_of(tmp_path / "odd.png"), noise(1))
    assert capfd.readouterr().err == ""
