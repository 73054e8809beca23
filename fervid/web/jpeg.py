"""Annotated pictures for a browser, as JPEG or PNG."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.readings import Frame, FrameReading
from fervid.draw.painter import Painter

WIDEST: Final = 1280
"""The width in pixels to which larger live pictures are scaled down."""

_LIVE_QUALITY: Final = 80
_KEPT_QUALITY: Final = 95


def live_jpeg(frame: Frame, reading: FrameReading, painter: Painter) -> bytes:
    """Return a live picture as JPEG, painted after it was scaled, which is cheaper and keeps the text sharp."""
    if frame.width <= WIDEST:
        return _encoded(".jpg", _painted(frame.image, reading, painter), _LIVE_QUALITY)
    share = WIDEST / frame.width
    small = cv2.resize(frame.image, (WIDEST, max(1, round(frame.height * share))), interpolation=cv2.INTER_LINEAR)
    painter.paint(np.asarray(small, np.uint8), reading, frame=Canvas(frame.width, frame.height))
    return _encoded(".jpg", np.asarray(small, np.uint8), _LIVE_QUALITY)


def kept(frame: Frame, reading: FrameReading, painter: Painter, kind: str = ".jpg") -> bytes:
    """Return a picture to keep, in full size.

    Args:
        frame: The frame, which is not changed.
        reading: The reading of the frame.
        painter: The painter.
        kind: ``.jpg`` or ``.png``.
    """
    return _encoded(kind, _painted(frame.image, reading, painter), _KEPT_QUALITY)


def _painted(image: NDArray[np.uint8], reading: FrameReading, painter: Painter) -> NDArray[np.uint8]:
    copy = np.array(image, order="C")
    painter.paint(copy, reading)
    return copy


def _encoded(kind: str, image: NDArray[np.uint8], quality: int) -> bytes:
    _, content = cv2.imencode(kind, image, [cv2.IMWRITE_JPEG_QUALITY, quality] if kind == ".jpg" else [])
    return content.tobytes()
