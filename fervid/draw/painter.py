"""Painting of readings onto frames."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FrameReading
from fervid.draw import plates
from fervid.draw.blur import Blur
from fervid.draw.layout import Overlay, Rect, Style, lay_out

_OUTLINE = (24, 20, 18)


class Painter:
    """A painter of boxes, labels and bars. It remembers which faces had a panel, so that panels do not flicker.

    Args:
        blur: Blurs the faces before anything is painted; None to show them.
    """

    def __init__(self, blur: Blur | None = None) -> None:
        self._blur = blur
        self._had_panel: frozenset[int] = frozenset()

    def paint(self, image: NDArray[np.uint8], reading: FrameReading) -> None:
        """Paint the overlay of every face.

        Args:
            image: The frame, (height, width, 3) uint8, blue green red. It is modified, so it must be a copy.
            reading: The reading of that frame.
        """
        if self._blur is not None:
            self._blur.hide(image, reading)
        style = Style(width=image.shape[1], height=image.shape[0])
        overlays = lay_out(style, reading.faces, self._had_panel)
        self._had_panel = frozenset(overlay.face.face_id for overlay in overlays if overlay.panel)
        for overlay in overlays:
            _paint_box(image, style, overlay.box, plates.bgr(overlay.face.emotion))
        for overlay in overlays:
            if overlay.panel:
                _paint_panel(image, style, overlay, overlay.panel)
        for overlay in overlays:
            if overlay.label:
                _paint_label(image, style, overlay, overlay.label)


def _paint_box(image: NDArray[np.uint8], style: Style, box: Rect, ink: plates.Bgr) -> None:
    """Paint a box with thin dark lines along both edges, so that it shows on any background."""
    edge = max(1, style.line // 2)
    _frame(image, box, -style.line - edge, edge, _OUTLINE)
    _frame(image, box, -style.line, style.line, ink)
    _frame(image, box, 0, edge, _OUTLINE)


def _frame(image: NDArray[np.uint8], box: Rect, inset: int, line: int, ink: plates.Bgr) -> None:
    """Paint the outline of `box`, `line` pixels wide and `inset` pixels inside it."""
    left, top, right, bottom = box.x + inset, box.y + inset, box.right - inset, box.bottom - inset
    for x, y, to_x, to_y in (
        (left, top, right, top + line),
        (left, bottom - line, right, bottom),
        (left, top, left + line, bottom),
        (right - line, top, right, bottom),
    ):
        image[max(0, y) : max(0, to_y), max(0, x) : max(0, to_x)] = ink


def _paint_panel(image: NDArray[np.uint8], style: Style, overlay: Overlay, at: Rect) -> None:
    face = overlay.face
    plates.panel(style, face.classes).blend(image, at.x, at.y)
    name, x, y = plates.bright_name(style, face.classes, face.emotion)
    name.blend(image, at.x + x, at.y + y)
    bars = zip(face.strengths.items(), plates.tracks(style, face.classes), strict=True)
    for (emotion, strength), track in bars:
        _paint_bar(image, Rect(at.x + track.x, at.y + track.y, track.width, track.height), strength, emotion)


def _paint_bar(image: NDArray[np.uint8], track: Rect, strength: float, emotion: str) -> None:
    """Paint a bar from the left end of its track. The last column is blended, so that the bar grows smoothly."""
    length = min(max(strength, 0.0), 1.0) * track.width
    whole, part = math.floor(length), length % 1
    rows = slice(track.y, track.bottom)
    image[rows, track.x : track.x + whole] = plates.bgr(emotion)
    if whole < track.width:
        column = image[rows, track.x + whole]
        column[:] = column * (1 - part) + np.array(plates.bgr(emotion)) * part


def _paint_label(image: NDArray[np.uint8], style: Style, overlay: Overlay, at: Rect) -> None:
    face, size = overlay.face, (at.width, at.height)
    plates.label(style, face.face_id, face.emotion, size).blend(image, at.x, at.y)
    percentage, x, y = plates.percentage(style, round(face.confidence * 100), size)
    percentage.blend(image, at.x + x, at.y + y)
