"""Parts, smaller copies and grey of decoded frames, for every pixel format, matrix, range and orientation."""

from __future__ import annotations

import threading
from itertools import product

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.clips import noise
from typing_extensions import override

from fervid.core.frame_pixels import Pixels
from fervid.video.conversion import convert, matrix_of, to_bgr
from fervid.video.decoded_pixels import DecodedPixels
from fervid.video.orientation import Orientation
from fervid.video.stored_frame import StoredFrame

FORMATS = ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "nv12", "gray", "bgr24", "rgba"]
ORIENTATIONS = [Orientation(*flags) for flags in product((False, True), repeat=3)]
MATRICES = {"709": 1, "601": 6, "2020": 9, "silent": 2}


def smooth(width: int, height: int) -> NDArray[np.uint8]:
    """A picture whose colours change slowly, so that halved chroma loses nothing."""
    few = 80 + noise(5, 6, 4) // 3
    return np.asarray(cv2.resize(few, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def decoded(
    pix_fmt: str = "yuv420p", size: tuple[int, int] = (96, 64), *, matrix: int = 6, full: bool = False
) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(smooth(*size), "bgr24").reformat(
        format=pix_fmt, dst_colorspace=matrix if matrix != MATRICES["silent"] else None
    )
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    return frame


@pytest.mark.parametrize("pix_fmt", FORMATS)
@pytest.mark.parametrize("size", [(96, 64), (97, 63)], ids=["even", "odd"])
@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_every_part_has_the_bytes_of_the_whole_image(
    pix_fmt: str, size: tuple[int, int], orientation: Orientation
) -> None:
    frame = decoded(pix_fmt, size)
    pixels = DecodedPixels(frame, orientation)
    whole = orientation.upright(to_bgr(frame))
    # For other formats and for odd sizes, swscale interpolates between samples of chroma, also beyond the part.
    is_exact = pix_fmt not in ("yuv422p", "yuv444p") and (size[0] % 2 == 0 or "420p" not in pix_fmt)
    assert (pixels.height, pixels.width) == whole.shape[:2]
    for left, top, right, bottom in (
        (0, 0, pixels.width, pixels.height),
        (8, 6, 40, 30),
        (7, 5, 40, 31),
        (11, 9, 12, 10),
    ):
        part = pixels.within(left, top, right, bottom)
        assert (part.width, part.height) == (right - left, bottom - top)
        for image in (part.image, part.rgb[..., ::-1]):
            difference = np.abs(image.astype(int) - whole[top:bottom, left:right])
            assert difference.mean() < 6
            assert not (is_exact and difference.any())
    assert np.array_equal(pixels.image, whole)
    mirrored = pixels.mirrored()
    assert np.array_equal(mirrored.image, whole[:, ::-1])
    assert np.array_equal(mirrored.within(8, 6, 40, 30).grey, pixels.grey[:, ::-1][6:30, 8:40])
    inner = pixels.within(3, 5, 43, 45).within(10, 7, 30, 28)
    assert np.array_equal(inner.grey, pixels.grey[12:33, 13:33])


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
@pytest.mark.parametrize("pix_fmt", FORMATS)
def test_grey_is_the_brightness_that_the_matrix_of_the_video_gives(pix_fmt: str, matrix: int, full: bool) -> None:
    frame = decoded(pix_fmt, matrix=matrix, full=full)
    blue, green, red = np.moveaxis(to_bgr(frame).astype(float), -1, 0)
    is_yuv = pix_fmt.startswith("yuv") and "10" not in pix_fmt
    weight_red, weight_blue = {1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}.get(matrix if is_yuv else 6, (0.299, 0.114))
    expected = weight_red * red + (1 - weight_red - weight_blue) * green + weight_blue * blue
    grey = DecodedPixels(frame, Orientation()).grey
    assert np.abs(grey - expected).max() < 3
    assert np.abs(grey - expected).mean() < 1.5


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
@pytest.mark.parametrize("pix_fmt", FORMATS)
@pytest.mark.parametrize("orientation", ORIENTATIONS[::3], ids=str)
def test_a_smaller_copy_looks_like_the_whole_image(
    pix_fmt: str, matrix: int, full: bool, orientation: Orientation
) -> None:
    frame = decoded(pix_fmt, (192, 128), matrix=matrix, full=full)
    small = DecodedPixels(frame, orientation).reduced(48)
    assert max(small.width, small.height) == 48
    whole = orientation.upright(to_bgr(frame))
    expected = cv2.resize(whole, (small.width, small.height), interpolation=cv2.INTER_AREA).astype(int)
    for image in (small.image, small.rgb[..., ::-1]):
        assert np.abs(image - expected).mean() < 3
        assert np.abs((image - expected).reshape(-1, 3).mean(axis=0)).max() < 1.5


def test_the_matrix_of_a_copy_is_that_of_the_large_frame_where_the_video_specifies_none() -> None:
    frame = decoded("yuv420p", (1280, 720), matrix=MATRICES["silent"])
    assert matrix_of(frame) is not None
    pixels = DecodedPixels(frame, Orientation())
    for part in (pixels.reduced(320), pixels.within(0, 0, 64, 64)):
        again = part.reduced(32)
        expected = convert(frame, "bgr24", matrix_of(frame))[: 720 if part.width == 320 else 64]
        expected = expected if part.width == 320 else expected[:, :64]
        assert np.abs(again.image.reshape(-1, 3).mean(axis=0) - expected.reshape(-1, 3).mean(axis=0)).max() < 2


def test_grey_of_a_smaller_copy_needs_no_chroma() -> None:
    asked: list[int] = []

    class Watched(StoredFrame):
        @override
        def plane(self, number: int) -> NDArray[np.uint8]:
            asked.append(number)
            return super().plane(number)

    small = DecodedPixels(Watched(decoded()), Orientation()).reduced(48)
    assert small.within(4, 4, 20, 20).reduced(8).grey.shape == (8, 8)
    assert set(asked) == {0}
    assert small.image.any()
    assert set(asked) == {0, 1, 2}


@pytest.mark.parametrize("pixel_format", ["bgr24", "rgb24"])
def test_a_conversion_depends_on_no_frame_before_it(pixel_format: str) -> None:
    frames = [decoded(matrix=matrix, full=full) for matrix in MATRICES.values() for full in (False, True)]
    again = [convert(frame, pixel_format, matrix_of(frame)) for frame in (*frames, *reversed(frames))]
    for frame, first, second in zip(frames, again, reversed(again), strict=False):
        fresh = frame.to_ndarray(format=pixel_format, src_colorspace=matrix_of(frame))
        assert np.array_equal(first, fresh)
        assert np.array_equal(second, fresh)


def test_conversions_are_made_once_however_many_threads_ask() -> None:
    pixels = DecodedPixels(decoded(size=(640, 360)), Orientation())
    found: list[tuple[int, int]] = []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        found.append((id(pixels.image), id(pixels.reduced(64))))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


def test_what_was_asked_for_before_changes_nothing() -> None:
    frame = decoded(matrix=1)
    fresh, used = DecodedPixels(frame, Orientation()), DecodedPixels(frame, Orientation())
    assert used.image.any()
    for pixels in (fresh, used):
        assert np.array_equal(pixels.grey, DecodedPixels(frame, Orientation()).grey)
    assert np.array_equal(fresh.within(2, 2, 40, 40).image, used.within(2, 2, 40, 40).image)
    assert np.array_equal(fresh.reduced(48).rgb, used.reduced(48).rgb)


def test_an_image_in_blue_green_and_red_has_all_forms_too() -> None:
    image = noise(3, 60, 40)
    pixels = Pixels(image)
    assert Pixels.of(pixels) is pixels
    assert pixels.image is image
    assert pixels.reduced(60) is pixels
    assert np.array_equal(pixels.rgb, image[..., ::-1])
    assert np.array_equal(pixels.grey, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    assert np.array_equal(pixels.within(5, 6, 15, 26).image, image[6:26, 5:15])
    assert np.array_equal(pixels.mirrored().image, image[:, ::-1])
    small = pixels.reduced(30)
    assert small is pixels.reduced(30)
    assert np.array_equal(small.image, cv2.resize(image, (30, 20), interpolation=cv2.INTER_LINEAR))
