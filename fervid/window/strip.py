"""Bands along the bottom of the picture with the last seconds of each face's emotions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FrameReading
from fervid.draw import plates
from fervid.draw.layout import Rect, Style
from fervid.live.history import GAP_S, Strip

SPAN_S: Final = 10.0
"""The seconds that the bands show."""

_MOST_FACES: Final = 4
_COVER: Final = 0.85
_LINE: Final = 2
"""The width of the line of a marker, in pixels."""


def paint_strips(
    image: NDArray[np.uint8],
    strips: Sequence[Strip],
    reading: FrameReading,
    gap: float = GAP_S,
    moments: Sequence[float] = (),
) -> None:
    """Paint a band for each of the largest faces in the frame.

    The height of a colour in a band is the smoothed probability of its class; the present is at the right.

    Args:
        image: (height, width, 3) uint8, BGR; it is painted on.
        strips: The history of the faces.
        reading: The reading of this frame.
        gap: The seconds between two samples beyond which there is a gap, as `History.gap` has them.
        moments: The times of markers, in seconds, which become white lines.
    """
    style = Style(width=image.shape[1], height=image.shape[0])
    largest = sorted(reading.faces, key=lambda face: -face.box.area)[:_MOST_FACES]
    emotions = {face.face_id: face.emotion for face in largest}
    present = [strip for strip in strips if strip.face_id in emotions]
    height = style.label_height
    top = style.height - len(present) * (height + style.gap)
    if top < style.height // 2 or style.width < 4 * height:
        return
    for place, strip in enumerate(present):
        row = Rect(style.gap, top + place * (height + style.gap), style.width - 2 * style.gap, height)
        tab = style.tab_width(strip.face_id)
        plates.background(row.width, row.height).blend(image, row.x, row.y)
        image[row.y : row.bottom, row.x : row.x + tab] = plates.bgr(emotions[strip.face_id])
        number = plates.words(str(strip.face_id), style.small_text, plates.DARK)
        wide, high = number.width, number.height
        number.blend(image, row.x + (tab - wide) // 2, row.y + (row.height - high) // 2)
        band = image[row.y : row.bottom, row.x + tab : row.right]
        _paint_band(band, strip, reading.time, gap)
        _paint_moments(band, moments, reading.time)


def _paint_band(band: NDArray[np.uint8], strip: Strip, now: float, gap: float) -> None:
    """Fill `band`, a view of (height, width, 3), with the stacked probabilities of the time up to `now`."""
    height, width = band.shape[:2]
    times = now - SPAN_S + SPAN_S * (np.arange(width) + 1) / width
    following = np.searchsorted(strip.times, times).clip(1, max(1, len(strip.times) - 1))
    known = (times >= strip.times[0]) & (times <= strip.times[-1] + gap)
    if len(strip.times) > 1:
        known &= (strip.times[following] - strip.times[following - 1] <= gap) | (times >= strip.times[-1])
    shares = np.stack([np.interp(times, strip.times, column) for column in strip.probabilities.T], axis=1)
    tops = np.cumsum(shares, axis=1).astype(np.float32).T
    levels = 1 - (np.arange(height, dtype=np.float32) + 0.5)[:, np.newaxis] / height
    place = np.zeros((height, width), np.uint8)
    for top in tops[:-1]:
        place += top < levels
    palette = np.array([plates.bgr(name) for name in strip.classes], np.uint8)
    covered = cv2.addWeighted(np.take(palette, place, axis=0), _COVER, band, 1 - _COVER, 0)
    cv2.copyTo(covered, np.repeat(known[np.newaxis].astype(np.uint8), height, axis=0), band)


def _paint_moments(band: NDArray[np.uint8], moments: Sequence[float], now: float) -> None:
    """Draw a line in `band`, a view of (height, width, 3), at each of these times within the span up to `now`."""
    width = band.shape[1]
    for moment in moments:
        x = round(width * (1 - (now - moment) / SPAN_S)) - 1
        if 0 <= x < width:
            band[:, x : x + _LINE] = plates.WHITE
