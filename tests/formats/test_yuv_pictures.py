"""Only the painted parts of a frame are converted; all other pixels of an annotated video are those of its source."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import av
import cv2
import numpy as np
import pytest
from formats.writer_inputs import face
from support.clips import noise

from fervid.core.canvas import Canvas
from fervid.core.geometry import Box
from fervid.core.readings import Frame, FrameReading
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.formats.yuv_pictures import YuvPictures
from fervid.video.conversion import ToYuv, colour_of, plane_of, to_bgr
from fervid.video.decoded_pixels import DecodedPixels
from fervid.video.orientation import Orientation

ORIENTATIONS = [Orientation(*flags) for flags in product((False, True), repeat=3)]
WIDTH, HEIGHT = 640, 480
READING = FrameReading(0, 0.0, (face(box=Box(180.5, 150.25, 161.0, 161.0)),))


def decoded(pix_fmt: str = "yuv420p", matrix: int = 6, *, full: bool = False) -> av.VideoFrame:
    few = 60 + noise(5, 16, 12) // 2
    image = np.asarray(cv2.resize(few, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)
    frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format=pix_fmt, dst_colorspace=matrix)
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    return frame


def painter(blur: bool) -> Painter:
    return Painter(Blur() if blur else None)


def pictures(
    frame: av.VideoFrame, content: DecodedPixels, *, blur: bool = False, reading: FrameReading = READING
) -> tuple[av.VideoFrame, av.VideoFrame]:
    """Return the picture of a frame with a face, and the same painted on an image and then converted."""
    pix_fmt = "yuv420p" if "420" in frame.format.name else "yuv444p"
    to_yuv, canvas = (
        ToYuv(content.width, content.height, pix_fmt, colour_of(frame)),
        Canvas(content.width, content.height),
    )
    picture = YuvPictures(painter(blur), to_yuv, canvas).make(Frame(content, 0, 0, Fraction(1)), reading)
    image = content.image.copy()
    painter(blur).paint(image, reading)
    return picture, to_yuv.convert(image)


@pytest.mark.parametrize("blur", [False, True], ids=["shown", "blurred"])
@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuvj420p", "yuv444p"])
@pytest.mark.parametrize(("matrix", "full"), [(1, False), (6, False), (6, True)], ids=["709", "601", "full"])
def test_a_picture_looks_the_same_and_keeps_all_that_is_not_painted(
    pix_fmt: str, matrix: int, full: bool, orientation: Orientation, blur: bool
) -> None:
    frame = decoded(pix_fmt, matrix, full=full)
    content = DecodedPixels(frame, orientation)
    picture, expected = pictures(frame, content, blur=blur)
    for number in range(3):
        plane, source = plane_of(picture, number), orientation.upright(plane_of(frame, number))
        kept = plane == source
        assert kept.mean() > (0.2 if blur else 0.5)
        assert not kept.all()
        difference = np.abs(plane.astype(int) - plane_of(expected, number))
        if plane.shape[0] < content.height:  # along a line, the one has the chroma of the line, the other a mean
            assert (difference > 6).mean() < 0.015
            difference[difference > 6] = 0
        assert difference[~kept].max() <= 6
        assert difference[~kept].mean() < 1.5
        assert difference.max() <= 12


@pytest.mark.parametrize("corner", [(180.5, 150.25), (181.0, 151.0)], ids=["even", "odd"])
def test_only_the_overlay_is_painted_and_to_its_last_pixel(corner: tuple[float, float]) -> None:
    """Where a part begins or ends at an odd place, the samples of chroma there are painted too."""
    reading = FrameReading(0, 0.0, (face(box=Box(*corner, 162.0, 162.0)),))
    frame = decoded()
    picture, expected = pictures(frame, DecodedPixels(frame, Orientation()), reading=reading)
    painted = np.zeros((HEIGHT, WIDTH), bool)
    painting = Painter().plan(Canvas(WIDTH, HEIGHT), reading)
    plates = [part for overlay in painting.overlays for part in (overlay.label, overlay.panel) if part]
    assert len(plates) == 2
    for area in [*plates, *(line.rect for line in painting.lines)]:
        painted[area.y // 2 * 2 : area.bottom + 1, area.x // 2 * 2 : area.right + 1] = True
        luma, whole = (plane_of(each, 0)[area.y : area.bottom, area.x : area.right] for each in (picture, expected))
        assert np.abs(luma.astype(int) - whole).max() <= 6
    for number, mask in enumerate((painted, painted[::2, ::2], painted[::2, ::2])):
        assert np.array_equal(plane_of(picture, number)[~mask], plane_of(frame, number)[~mask])


@pytest.mark.parametrize("pix_fmt", ["yuv422p", "yuv420p10le", "nv12", "bgr24"])
def test_frames_in_other_formats_are_converted_as_a_whole(pix_fmt: str) -> None:
    frame = decoded(pix_fmt)
    content = DecodedPixels(frame, Orientation())
    to_yuv = ToYuv(WIDTH, HEIGHT, "yuv420p", colour_of(frame))
    assert content.copied(to_yuv) is None
    picture = YuvPictures(None, to_yuv, Canvas(WIDTH, HEIGHT)).make(Frame(content, 0, 0, Fraction(1)), READING)
    assert np.abs(to_bgr(picture).astype(int) - to_bgr(frame)).mean() < 2


def test_frames_of_another_matrix_or_range_than_the_file_are_converted() -> None:
    frame = decoded(matrix=6)
    content = DecodedPixels(frame, Orientation())
    file = colour_of(frame)
    assert content.copied(ToYuv(WIDTH, HEIGHT, "yuv420p", file)) is not None
    for other in (colour_of(decoded(matrix=1)), colour_of(decoded(full=True))):
        assert content.copied(ToYuv(WIDTH, HEIGHT, "yuv420p", other)) is None
    assert content.within(0, 0, 64, 64).copied(ToYuv(WIDTH, HEIGHT, "yuv420p", file)) is None
