"""Pixel aspect ratios, possible and impossible ones."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest
from support.clips import Encoding, grey, write_clip

from fervid.core.canvas import SQUARE
from fervid.video.pixel_shape import PixelShape


def ratio_of(path: Path) -> Fraction:
    """Return the ratio of the first frame of a file."""
    with av.open(str(path)) as container:
        (stream,) = container.streams.video
        shape = PixelShape(stream, name=f"'{path.name}'")
        next(container.decode(stream))
        return shape.ratio()


def clip(path: Path, ratio: Fraction) -> Path:
    return write_clip(path, [grey(9)], Encoding(tags=(("sample_aspect_ratio", ratio),)))


@pytest.mark.parametrize("ratio", [Fraction(64, 45), Fraction(91, 32), Fraction(3, 4), Fraction(4), Fraction(1, 4)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_possible_ratios_count(tmp_path: Path, ratio: Fraction, suffix: str) -> None:
    assert ratio_of(clip(tmp_path / f"x{suffix}", ratio)) == pytest.approx(ratio, rel=0.01)


def with_ratio(path: Path, across: int, down: int) -> Path:
    """Write an MP4 file whose pixel aspect box says `across` to `down` (ISO/IEC 14496-12, 12.1.4)."""
    data = clip(path, Fraction(64, 45)).read_bytes()
    assert data.count(b"pasp") == 1
    path.write_bytes(data.replace(b"pasp" + struct.pack(">II", 64, 45), b"pasp" + struct.pack(">II", across, down)))
    return path


@pytest.mark.parametrize(("across", "down"), [(0, 1), (1, 0), (0, 0)])
def test_where_the_container_has_no_ratio_that_of_the_codec_counts(
    tmp_path: Path, across: int, down: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert ratio_of(with_ratio(tmp_path / "x.mp4", across, down)) == Fraction(64, 45)
    assert caplog.text == ""


def test_no_ratio_means_square_pixels(tmp_path: Path) -> None:
    assert ratio_of(write_clip(tmp_path / "x.mp4", [grey(9)])) == SQUARE


@pytest.mark.parametrize(("across", "down"), [(1000, 1), (1, 1000), (9, 2), (2**31 - 1, 1)])
def test_an_impossible_ratio_means_square_pixels_and_is_reported(
    tmp_path: Path, across: int, down: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert ratio_of(with_ratio(tmp_path / "x.mp4", across, down)) == SQUARE
    text = f"'x.mp4' says that its pixels are {across}:{down}, which cannot be"
    assert [text in record.getMessage() for record in caplog.records] == [True]
