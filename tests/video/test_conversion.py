"""Colour conversion, for every matrix and range."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from support.clips import FFV1, Encoding, patch, quadrants, write_clip

from fervid.sources.video_file import VideoFile
from fervid.video.colour import Colour
from fervid.video.conversion import ToYuv, planes_of, to_bgr

COLOURS = [(200, 150, 120), (230, 30, 40), (30, 200, 60), (40, 50, 220), (128, 128, 128), (255, 255, 255), (0, 0, 0)]
SILENT = 2


def seen(frame: av.VideoFrame) -> tuple[int, ...]:
    """Return red, green and blue at the centre of a converted frame."""
    image = to_bgr(frame)
    return tuple(int(value) for value in image[image.shape[0] // 2, image.shape[1] // 2, ::-1])


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [1, 5, 6, 9], ids=["709", "601-625", "601-525", "2020"])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_the_matrix_and_range_of_the_frame_are_used(pix_fmt: str, matrix: int, full: bool) -> None:
    for colour in COLOURS:
        frame = patch(colour, matrix=matrix, full=full, pix_fmt=pix_fmt)
        frame.colorspace, frame.color_range = matrix, 2 if full else 1
        assert seen(frame) == pytest.approx(colour, abs=3)


@pytest.mark.parametrize(
    ("size", "matrix"),
    [((64, 48), 6), ((960, 718), 6), ((1280, 720), 1), ((720, 1280), 1), ((540, 960), 6)],
    ids=["48", "718", "720", "720 upright", "540 upright"],
)
@pytest.mark.parametrize("tag", [SILENT, 3, 8, 10, 14], ids=["silent", "reserved", "YCgCo", "2020-CL", "ICtCp"])
def test_an_unspecified_matrix_is_709_from_720_lines_up(size: tuple[int, int], matrix: int, tag: int) -> None:
    for colour in COLOURS:
        frame = patch(colour, matrix=matrix, full=False, width=size[0], height=size[1])
        frame.colorspace = tag
        assert seen(frame) == pytest.approx(colour, abs=3)


def test_a_wrong_matrix_changes_colours() -> None:
    frame = patch((230, 30, 40), matrix=1, full=False)
    frame.colorspace = 6
    assert seen(frame) != pytest.approx((230, 30, 40), abs=8)


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [1, 6], ids=["709", "601"])
@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
def test_colours_are_the_same_after_writing_and_reading(tmp_path: Path, codec: str, matrix: int, full: bool) -> None:
    tags = (("colorspace", matrix), ("color_range", 2 if full else 1))
    encoding = Encoding(codec, "yuv420p", (("crf", "1"),) if codec == "libx264" else (), tags=tags)
    frames = [patch(colour, matrix=matrix, full=full) for colour in COLOURS]
    for frame in frames:
        frame.colorspace, frame.color_range = matrix, 2 if full else 1
    path = write_clip(tmp_path / "colours.mkv", frames, encoding)
    with VideoFile(path) as source:
        assert source.info.colour.full_range is full
        assert source.info.colour.matrix == matrix
        for frame, colour in zip(source, COLOURS, strict=True):
            assert frame.image[24, 32, ::-1].tolist() == pytest.approx(colour, abs=5)


@pytest.mark.parametrize(("tag", "white"), [(0, 235), (1, 255), (2, 235)], ids=["silent", "limited", "full"])
def test_grey_of_limited_range_is_expanded(tag: int, white: int) -> None:
    frame = av.VideoFrame(64, 48, "gray")
    frame.planes[0].update(np.full(frame.planes[0].buffer_size, 235, np.uint8).tobytes())
    frame.color_range = tag
    assert seen(frame) == (white, white, white)


def test_frames_with_reserved_transfer_and_primaries_are_converted(tmp_path: Path) -> None:
    frame = patch((200, 150, 120), matrix=6, full=False)
    frame.color_trc = frame.color_primaries = 3
    path = write_clip(tmp_path / "reserved.mkv", [frame], FFV1)
    with VideoFile(path) as source:
        assert sum(1 for _ in source) == 1


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("height", [48, 50, 2, 270], ids=str)
def test_colours_stay_in_their_place_at_every_even_height(height: int, full: bool) -> None:
    image = quadrants(64, height)
    frame = ToYuv(64, height, "yuv420p", Colour(full, 6, None, None)).convert(image)
    assert (frame.width, frame.height) == (64, height)
    frame.colorspace, frame.color_range = 6, ColorRange.JPEG if full else ColorRange.MPEG
    difference = np.abs(to_bgr(frame).astype(int) - image).max(axis=2)
    edge = height // 2
    assert max(difference[: edge - 1, :30].max(initial=0), difference[edge + 1 :, 34:].max(initial=0)) <= 4


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [1, 6], ids=["709", "601"])
@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p"])
@pytest.mark.parametrize(
    ("left", "top", "right", "bottom"), [(8, 4, 40, 6), (7, 5, 10, 31), (3, 3, 4, 4), (0, 0, 64, 48)]
)
def test_a_rectangle_has_the_values_of_its_converted_colour(
    left: int, top: int, right: int, bottom: int, pixel_format: str, matrix: int, full: bool
) -> None:
    to_yuv = ToYuv(64, 48, pixel_format, Colour(full, matrix, None, None))
    ink, below = (40, 180, 230), (90, 60, 30)
    plain = [planes_of(to_yuv.convert(np.full((48, 64, 3), colour, np.uint8))) for colour in (below, ink)]
    painted = planes_of(to_yuv.convert(np.full((48, 64, 3), below, np.uint8)))
    to_yuv.cover(painted, ink, left, top, right, bottom)
    for number, plane in enumerate(painted):
        step = 1 if number == 0 or pixel_format == "yuv444p" else 2
        first_y, first_x = np.mgrid[0:48:step, 0:64:step]  # the first pixel of each sample
        inside = (left <= first_x) & (first_x < right) & (top <= first_y) & (first_y < bottom)
        assert np.array_equal(plane, np.where(inside, plain[1][number], plain[0][number]))


@pytest.mark.parametrize("pix_fmt", ["bgr24", "yuv420p"])
def test_painting_on_a_converted_frame_leaves_the_decoded_one_as_it_is(pix_fmt: str) -> None:
    frame = patch((200, 150, 120), matrix=6, full=False).reformat(format=pix_fmt)
    before = to_bgr(frame).copy()
    to_bgr(frame)[:] = 0
    assert (to_bgr(frame) == before).all()
