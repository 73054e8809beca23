"""Cuts faces out of a frame for the network, framed as its training data was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box
from fervid.core.readings import Face
from fervid.crop.framing import square

# In sizes of the crop: from here on averaging costs more than resizing first.
_LARGE: Final = 3

_CONVERSIONS: Final = {"grey": cv2.COLOR_BGR2GRAY, "rgb": cv2.COLOR_BGR2RGB}


def crop(image: NDArray[np.uint8], face: Face, size: int, colour: str) -> NDArray[np.uint8]:
    """Cut one face out of a frame; upright, never rotated.

    Args:
        image: (height, width, 3) uint8, blue green red.
        face: Its eyes, or else its box, give the place. What lies outside the frame shows the frame's edge, replicated.
        size: Width and height of the result, in pixels.
        colour: ``grey`` or ``rgb``.

    Returns:
        (channels, size, size) uint8, contiguous; one channel for ``grey``, three for ``rgb``.
    """
    left, top, side = _pixels(square(face), image.shape[1], image.shape[0])
    inside = image[max(0, top) : top + side, max(0, left) : left + side]
    # Colour before edges and size: as grey, the rest is a third of the work.
    cut = np.asarray(cv2.cvtColor(inside, _CONVERSIONS[colour]), np.uint8)
    if cut.shape[:2] != (side, side):
        above, before = max(0, -top), max(0, -left)
        below, after = side - above - cut.shape[0], side - before - cut.shape[1]
        cut = np.asarray(cv2.copyMakeBorder(cut, above, below, before, after, cv2.BORDER_REPLICATE), np.uint8)
    cut = _resized(cut, side, size)
    channels_first = cut[np.newaxis] if cut.ndim == 2 else cut.transpose(2, 0, 1)
    return np.ascontiguousarray(channels_first)


def _resized(cut: NDArray[np.uint8], side: int, size: int) -> NDArray[np.uint8]:
    """`cut`, a square of `side` pixels, as one of `size` pixels."""
    if side <= size:
        # There is nothing to average: INTER_AREA would only repeat pixels.
        return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)
    if side >= _LARGE * size and side % size:
        # INTER_AREA is nine times as fast where each new pixel is a whole number of old ones. A large face is brought
        # to such a size first, which moves no edge by more than a part of one new pixel.
        whole = round(side / size) * size
        cut = np.asarray(cv2.resize(cut, (whole, whole), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def crops(image: NDArray[np.uint8], faces: Sequence[Face], size: int, colour: str) -> NDArray[np.uint8]:
    """`crop` for several faces of one frame: (N, channels, size, size) uint8."""
    channels = 1 if colour == "grey" else 3
    batch = np.empty((len(faces), channels, size, size), np.uint8)
    for place, face in zip(batch, faces, strict=True):
        place[:] = crop(image, face, size, colour)
    return batch


def _pixels(place: Box, width: int, height: int) -> tuple[int, int, int]:
    """Left, top and side of `place` in whole pixels, such that it covers at least one pixel of the frame."""
    # A face larger than twice the frame is a detector's blunder, and must not cost gigabytes.
    side = round(min(max(1.0, place.width), 2.0 * max(width, height)))
    # Beyond the frame every column is the edge's column, so one pixel of overlap gives the same picture.
    left = round(min(max(1.0 - side, place.x), width - 1.0))
    top = round(min(max(1.0 - side, place.y), height - 1.0))
    return left, top, side
