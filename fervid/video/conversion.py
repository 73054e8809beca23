"""Conversion between the pixel formats of containers and the BGR of every stage."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, cast

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from fervid.video.colour import BT601, BT709, LUMA, UNSPECIFIED, Colour, usual_matrix

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]
"""The planes of luma and both chromas."""

_FULL_LUMA: Final = np.clip(np.round((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
_COLORSPACES: Final = {BT709: Colorspace.ITU709, BT601: Colorspace.ITU601}


def colour_of(frame: av.VideoFrame) -> Colour:
    """Return the colour encoding that a frame specifies."""
    matrix, primaries, transfer = int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc)
    return Colour(
        full_range=frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj"),
        matrix=matrix if matrix in LUMA else None,
        primaries=None if primaries in (0, UNSPECIFIED) else primaries,
        transfer=None if transfer in (0, UNSPECIFIED) else transfer,
    )


def to_bgr(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Convert a frame of any pixel format to (height, width, 3) uint8, blue green red, C-contiguous, not turned.

    Matrix and range are those that the frame specifies. Where it specifies no matrix, or one that swscale cannot
    convert, `usual_matrix` decides; where it specifies no range, it is the limited one. An alpha channel is dropped.
    High dynamic range is not tone-mapped.
    """
    return np.ascontiguousarray(convert(frame, "bgr24", matrix_of(frame)))


def convert(frame: av.VideoFrame, pixel_format: str, matrix: Colorspace | None) -> NDArray[np.uint8]:
    """Convert a frame as `to_bgr` does.

    Args:
        frame: The frame.
        pixel_format: ``bgr24`` or ``rgb24``.
        matrix: The matrix where the frame specifies none, as `matrix_of` returns it.
    """
    converter = _converter(threading.get_ident(), frame.width, frame.height, frame.format.name, pixel_format)
    # One thread, because to share out the work costs more than the work.
    converted = converter.reformat(frame, format=pixel_format, src_colorspace=matrix, threads=1)
    image = plane_of(converted, 0, channels=3).reshape(converted.height, converted.width, 3)
    if converted is frame:  # nothing was converted, and the decoder may need its frame as it is
        image = image.copy()
    if frame.color_range == ColorRange.MPEG and frame.format.name.startswith("gray"):
        image = to_full_range(image)  # swscale takes grey for full range, whatever the frame specifies
    return image


@lru_cache(maxsize=32)
def _converter(*kind: object) -> VideoReformatter:  # noqa: ARG001 - the arguments are the key
    """Return the converter of one thread for frames of one kind, whose tables take longer to make than small images."""
    return VideoReformatter()


def matrix_of(frame: av.VideoFrame) -> Colorspace | None:
    """Return the matrix to convert a frame with, where it specifies none that swscale can convert; else None."""
    return None if frame.colorspace in LUMA else _COLORSPACES[usual_matrix(frame.width, frame.height)]


def to_full_range(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return brightness from 0 to 255, given that of limited range, in an array of any shape."""
    return np.asarray(cv2.LUT(luma, _FULL_LUMA), np.uint8)


class ToYuv:
    """A conversion of BGR images to YUV with the matrix and range of the source, so that colours stay the same.

    Where the source specifies no matrix, the result specifies none either, and both conversions use `usual_matrix`.
    OpenCV does the conversion, because it rounds. FFmpeg's fast conversion truncates, which darkens the image by one
    step, and is no faster.

    Args:
        width: The width of the result, in pixels.
        height: The height of the result, in pixels.
        pixel_format: ``yuv420p`` (for even sizes) or ``yuv444p``.
        colour: The colour encoding of the source.

    Attributes:
        tags: The colour encoding of the result: `colour`, with `UNSPECIFIED` in place of None.
        pixel_format: As given.
        steps: The pixels that a sample of each plane is for, across and down.
    """

    def __init__(self, width: int, height: int, pixel_format: str, colour: Colour) -> None:
        self.tags = Colour(
            colour.full_range,
            colour.matrix if colour.matrix in LUMA else UNSPECIFIED,
            colour.primaries or UNSPECIFIED,
            colour.transfer or UNSPECIFIED,
        )
        self.pixel_format = pixel_format
        self._size = (width, height)
        self.steps: tuple[int, int, int] = (1, 1, 1) if pixel_format == "yuv444p" else (1, 2, 2)
        self._inks: dict[tuple[int, int, int], tuple[int, int, int]] = {}
        self._luma = colour.luma(width, height)
        self._weights = _weights(*self._luma, full_range=colour.full_range)
        # OpenCV has a function for this case, the most common one for small frames, that takes a third of the time.
        self._has_fast_path = pixel_format == "yuv420p" and not colour.full_range and self._luma == LUMA[BT601]

    def convert(self, image: NDArray[np.uint8]) -> av.VideoFrame:
        """Convert one image.

        Args:
            image: (height, width, 3) uint8, blue green red, of the size of the result.

        Returns:
            A frame that shares no memory with `image` and has no timestamp.
        """
        frame = av.VideoFrame(*self._size, self.pixel_format)
        self.fill(planes_of(frame), image, 0, 0)
        return frame

    def keeps(self, frame: av.VideoFrame) -> bool:
        """Return True if a frame has the pixel format, the range and the matrix of the results."""
        own = colour_of(frame)
        return (
            frame.format.name.replace("yuvj", "yuv") == self.pixel_format
            and own.full_range == self.tags.full_range
            and own.luma(frame.width, frame.height) == self._luma
        )

    def fill(self, planes: Planes, image: NDArray[np.uint8], left: int, top: int) -> None:
        """Convert an image, and write it into a part of a frame.

        Args:
            planes: The planes of the frame, which has the size and the pixel format of the results.
            image: (height, width, 3) uint8, blue green red. For ``yuv420p``, width and height are even.
            left: The first column of the part; even for ``yuv420p``.
            top: The first row of the part; even for ``yuv420p``.
        """
        height, width = image.shape[:2]
        for plane, values, step in zip(planes, self._planes(image), self.steps, strict=True):
            plane[top // step : (top + height) // step, left // step : (left + width) // step] = values

    def cover(self, planes: Planes, ink: tuple[int, int, int], left: int, top: int, right: int, bottom: int) -> None:
        """Paint a rectangle of one colour, without converting what is there.

        A sample of chroma gets the colour if the first of its pixels, at the top left, lies in the rectangle. So a thin
        line keeps its colour, which would be paler as the mean of several pixels.

        Args:
            planes: As for `fill`.
            ink: The colour: blue, green and red, 0 to 255.
            left: The first column.
            top: The first row.
            right: The column after the last.
            bottom: The row after the last.
        """
        for plane, value, step in zip(planes, self.values(ink), self.steps, strict=True):
            rows = slice(math.ceil(top / step), math.ceil(bottom / step))
            plane[rows, math.ceil(left / step) : math.ceil(right / step)] = value

    def layers(
        self, premultiplied: NDArray[np.uint8], transparency: NDArray[np.uint8]
    ) -> tuple[tuple[NDArray[np.uint8], NDArray[np.uint8]], ...]:
        """Return what blends a translucent image into the planes of a frame.

        Args:
            premultiplied: (height, width, 3) uint8, blue green red, multiplied by the opacity. For ``yuv420p``, width
                and height are even.
            transparency: (height, width) uint8, 255 where the frame shows through completely.

        Returns:
            For each plane, what is to be added, and the transparency to multiply it with before, both uint8 and of the
            size of the image in that plane.
        """
        height, width = transparency.shape
        opacity = 1 - transparency[..., np.newaxis] / np.float32(255)
        added = cv2.transform(premultiplied.astype(np.float32), self._weights[:, :3]) + opacity * self._weights[:, 3]
        whole = np.dstack([added, transparency.astype(np.float32)])
        half = cv2.resize(whole, (width // self.steps[1], height // self.steps[1]), interpolation=cv2.INTER_AREA)
        shown = [np.ascontiguousarray(np.rint(part), np.uint8) for part in (whole, half, half)]
        return tuple(
            (np.ascontiguousarray(part[..., number]), np.ascontiguousarray(part[..., 3]))
            for number, part in enumerate(shown)
        )

    def values(self, ink: tuple[int, int, int]) -> tuple[int, int, int]:
        """Return luma and both chromas of a colour, 0 to 255, given its blue, green and red."""
        if ink not in self._inks:
            luma, blue, red = (int(plane[0, 0]) for plane in self._planes(np.full((2, 2, 3), ink, np.uint8)))
            self._inks[ink] = luma, blue, red
        return self._inks[ink]

    def _planes(self, image: NDArray[np.uint8]) -> Sequence[NDArray[np.uint8]]:
        """Return the planes of luma and both chromas."""
        height, width = image.shape[:2]
        if self.pixel_format == "yuv444p":
            return cast("Sequence[NDArray[np.uint8]]", cv2.split(cv2.transform(image, self._weights)))
        if self._has_fast_path:
            planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8)
            return planes[:height], *planes[height:].reshape(2, height // 2, width // 2)
        half = cv2.transform(cv2.resize(image, (width // 2, height // 2), interpolation=cv2.INTER_AREA), self._weights)
        chroma = [np.asarray(cv2.extractChannel(half, channel), np.uint8) for channel in (1, 2)]
        return np.asarray(cv2.extractChannel(cv2.transform(image, self._weights), 0), np.uint8), *chroma


def planes_of(frame: av.VideoFrame) -> Planes:
    """Return views of the planes of luma and both chromas, as `plane_of` does."""
    return plane_of(frame, 0), plane_of(frame, 1), plane_of(frame, 2)


def plane_of(frame: av.VideoFrame, number: int, *, channels: int = 1) -> NDArray[np.uint8]:
    """Return (height, width * channels) uint8, a view of a plane of bytes."""
    plane = frame.planes[number]
    lines: NDArray[np.uint8] = np.frombuffer(plane, np.uint8)  # type: ignore[call-overload]
    return lines.reshape(plane.height, plane.line_size)[:, : plane.width * channels]


def _weights(red: float, blue: float, *, full_range: bool) -> NDArray[np.float32]:
    """Return the (3, 4) float32 matrix from (blue, green, red, 1) to luma and both chromas, 0 to 255 (H.273, 8.3)."""
    luma = np.array([blue, 1 - red - blue, red])
    chroma_blue = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - blue))
    chroma_red = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - red))
    spans = (255, 255) if full_range else (219, 224)
    rows = np.stack([luma * spans[0], chroma_blue * spans[1], chroma_red * spans[1]]) / 255
    return np.column_stack([rows, [0 if full_range else 16, 128, 128]]).astype(np.float32)
