"""Crops of faces for the network, framed like its training data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face
from fervid.crop.framing import fer_square

# The ratio of the face's size to the crop's from which averaging costs more than resizing first.
_LARGE: Final = 3


def crop(image: NDArray[np.uint8] | Pixels, face: Face, size: int, colour: str) -> NDArray[np.uint8]:
    """Return the crop of one face. It is upright in the frame: a tilted face stays tilted.

    Args:
        image: The frame: (height, width, 3) uint8, blue green red, or its pixels, of which only the crop is converted.
        face: The face; `fer_square` gives the area. Beyond the frame, the crop repeats the edge of the frame.
        size: Width and height of the crop, in pixels.
        colour: ``grey`` or ``rgb``.

    Returns:
        (channels, size, size) uint8, contiguous, with one channel for ``grey`` and three for ``rgb``.
    """
    pixels = Pixels.of(image)
    left, top, side = _whole_pixels(fer_square(face), pixels.width, pixels.height)
    if left >= 0 and top >= 0 and left + side <= pixels.width and top + side <= pixels.height:
        left, top, side, halvings = _halved(left, top, side, size)
    else:
        halvings = 0
    inside = pixels.within(max(0, left), max(0, top), min(left + side, pixels.width), min(top + side, pixels.height))
    for _ in range(halvings):
        side //= 2
        inside = inside.reduced(side)
    # The colour is converted first, because grey makes the rest a third of the work.
    cut = inside.grey if colour == "grey" else inside.rgb
    if cut.shape[:2] != (side, side):
        above, before = max(0, -top), max(0, -left)
        below, after = side - above - cut.shape[0], side - before - cut.shape[1]
        cut = np.asarray(cv2.copyMakeBorder(cut, above, below, before, after, cv2.BORDER_REPLICATE), np.uint8)
    cut = _resized(cut, side, size)
    channels_first = cut[np.newaxis] if cut.ndim == 2 else cut.transpose(2, 0, 1)
    return np.ascontiguousarray(channels_first)


def _halved(left: int, top: int, side: int, size: int) -> tuple[int, int, int, int]:
    """Return an area that can be halved as often as the crop allows, and how often that is.

    Mean values of two by two pixels cost a tenth of any other way to make a large face smaller, even more so where they
    spare the conversion of all other pixels. The area becomes smaller by a fraction of a pixel of the crop.
    """
    halvings = max(0, int(math.log2(side / (_LARGE * size))))
    rest = side % 2**halvings
    return left + rest // 2, top + rest // 2, side - rest, halvings


def _resized(cut: NDArray[np.uint8], side: int, size: int) -> NDArray[np.uint8]:
    """Return a square image of `side` pixels, resized to `size` pixels."""
    if side <= size:
        # INTER_AREA would only repeat pixels here, as there is nothing to average.
        return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    if side >= _LARGE * size and side % size:
        # INTER_AREA is nine times as fast where each new pixel covers a whole number of old ones. A large face is first
        # resized accordingly, which moves no edge by more than a fraction of a new pixel.
        whole = round(side / size) * size
        cut = np.asarray(cv2.resize(cut, (whole, whole), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def crop_faces(image: NDArray[np.uint8] | Pixels, faces: Sequence[Face], size: int, colour: str) -> NDArray[np.uint8]:
    """Return the crops of several faces of one frame as one batch, (N, channels, size, size) uint8. See `crop`."""
    channels = 1 if colour == "grey" else 3
    batch = np.empty((len(faces), channels, size, size), np.uint8)
    for place, face in zip(batch, faces, strict=True):
        place[:] = crop(image, face, size, colour)
    return batch


def _whole_pixels(area: Box, width: int, height: int) -> tuple[int, int, int]:
    """Return left, top and side of a square area in whole pixels, moved to overlap the frame by at least one."""
    # A face larger than twice the frame is a detector error, and must not take gigabytes of memory.
    side = round(min(max(1.0, area.width), 2.0 * max(width, height)))
    # Beyond the frame every column repeats the edge, so an area further out gives the same crop as one that overlaps it
    # by one pixel.
    left = round(min(max(1.0 - side, area.x), width - 1.0))
    top = round(min(max(1.0 - side, area.y), height - 1.0))
    return left, top, side
