"""Frames fitted onto their canvas, and stretched to square pixels."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import SQUARE
from fervid.core.readings import Frame


def fit(frame: Frame) -> Frame:
    """Return a frame on its canvas, in its true proportions, with black beside it; the same frame where it fills that.

    The boxes of its reading are in pixels of the result.
    """
    if frame.shown_on is None:
        return frame
    canvas, place = frame.shown_on, frame.placement
    width, height = round(frame.width * place.scale_x), round(frame.height * place.scale_y)
    image = _resize(frame.image, width, height)
    if (width, height) != canvas.size:
        x, y = int(place.x), int(place.y)
        whole = np.zeros((canvas.height, canvas.width, 3), np.uint8)
        whole[y : y + height, x : x + width] = image
        image = whole
    return replace(frame, content=image, pixel_aspect=canvas.pixel_aspect, shown_on=None)


def stretch(frame: Frame) -> Frame:
    """Return a frame with square pixels, whose faces have their true proportions; the same frame where it has them.

    The canvas stays, so that its reading is still in pixels of the original.
    """
    if frame.pixel_aspect == SQUARE:
        return frame
    size = frame.size
    square = size.square
    if square is size:
        return frame
    return replace(frame, content=_resize(frame.image, *square.size), pixel_aspect=SQUARE, shown_on=frame.canvas)


def show_square(frame: Frame) -> Frame:
    """Return a frame to be shown with square pixels, as screens and picture files have; its image stays as it is."""
    canvas = frame.canvas
    square = canvas.square
    return frame if square is canvas else replace(frame, shown_on=square)


def _resize(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    is_smaller = width * height < image.shape[0] * image.shape[1]
    method = cv2.INTER_AREA if is_smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)
