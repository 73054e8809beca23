"""Animated WebP and PNG files."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageChops
from support.clips import quadrants

from fervid.core.timecodes import Timecode
from fervid.errors import SourceError
from fervid.sources import is_picture, open_source
from fervid.sources.picture_files import read_picture

DURATIONS = [40, 40, 500, 40, 30, 20]
TIMES = [0.0, 0.04, 0.08, 0.58, 0.62, 0.65]
LEVELS = [30, 60, 90, 120, 150, 180]


def write_animation(path: Path, format: str) -> Path:
    """Write a frame of each grey level, a coloured corner aside, so that no two are alike."""
    images = [Image.new("RGB", (64, 48), (level, level, 0)) for level in LEVELS]
    options = {"lossless": True} if format == "WEBP" else {}
    images[0].save(path, format, save_all=True, append_images=images[1:], duration=DURATIONS, **options)
    return path


@pytest.fixture(params=[(".webp", "WEBP"), (".png", "PNG"), (".apng", "PNG")], ids=["webp", "png", "apng"])
def animation(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    suffix, kind = request.param
    return write_animation(tmp_path / f"moving{suffix}", kind)


def test_every_frame_is_read_at_its_time(animation: Path) -> None:
    assert not is_picture(animation)
    with open_source(animation) as source:
        frames = list(source)
    assert [frame.time for frame in frames] == pytest.approx(TIMES)
    assert [frame.image[5, 5].tolist() for frame in frames] == [[0, level, level] for level in LEVELS]
    assert (source.info.width, source.info.height, source.info.frames, source.info.still) == (64, 48, 6, False)
    assert (source.undecodable, source.damage) == (0, None)


def test_start_and_end_apply(animation: Path) -> None:
    with open_source(animation, start=Timecode(seconds=0.08), end=Timecode(seconds=0.6)) as source:
        assert [frame.index for frame in source] == [2, 3]


def test_an_empty_part_names_the_one_that_there_is(animation: Path) -> None:
    with open_source(animation, start=Timecode(seconds=3)) as source, pytest.raises(SourceError) as caught:
        list(source)
    assert str(caught.value) == (
        f"'{animation}' has no frame between start and end; "
        "choose a part between 0:00:00.000 and 0:00:00.650, counted from its first frame"
    )


@pytest.mark.parametrize(("suffix", "format"), [(".webp", "WEBP"), (".png", "PNG")])
def test_a_picture_stays_a_picture(tmp_path: Path, suffix: str, format: str) -> None:
    path = tmp_path / f"still{suffix}"
    Image.new("RGB", (64, 48), (9, 9, 9)).save(path, format)
    assert is_picture(path)
    with open_source(path) as source:
        assert sum(1 for _ in source) == 1
        assert source.info.still


def test_a_png_that_is_cut_off_gives_the_frames_before(tmp_path: Path) -> None:
    path = write_animation(tmp_path / "moving.png", "PNG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with open_source(path) as source:
        count = sum(1 for _ in source)
    assert 0 < count < 6
    assert source.undecodable == 6 - count
    assert source.damage is not None
    assert f"{6 - count} frames after" in source.damage


def test_a_webp_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    path = write_animation(tmp_path / "moving.webp", "WEBP")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(SourceError, match=r"moving\.webp' is not a picture, or is damaged"):
        open_source(path)


def test_where_one_picture_is_wanted_a_line_says_that_the_rest_is_left_out(
    animation: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "fervid")
    assert read_picture(animation)[5, 5].tolist() == [0, 30, 30]
    assert caplog.messages == [f"'{animation}' is animated; only its first frame is read"]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("suffix", "format"), [(".webp", "WEBP"), (".png", "PNG")])
def test_frames_are_turned_as_a_still_picture_is(tmp_path: Path, suffix: str, format: str, orientation: int) -> None:
    corners = Image.fromarray(np.ascontiguousarray(quadrants()[..., ::-1]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options = {"exif": exif, "lossless": True} if format == "WEBP" else {"exif": exif}
    still, moving = tmp_path / f"still{suffix}", tmp_path / f"moving{suffix}"
    corners.save(still, format, **options)
    frames = [ImageChops.invert(corners), corners]
    corners.save(moving, format, save_all=True, append_images=frames, duration=40, **options)
    expected = read_picture(still)
    with open_source(moving) as source:
        images = [frame.image for frame in source]
        assert (source.info.height, source.info.width) == expected.shape[:2]
    for image, truth in zip(images, [expected, 255 - expected, expected], strict=True):
        np.testing.assert_array_equal(image, truth)
    np.testing.assert_array_equal(read_picture(moving), expected)
