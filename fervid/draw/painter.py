"""Painting of readings onto frames."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import SQUARE, Canvas
from fervid.core.emotions import UNCERTAIN
from fervid.core.readings import FrameReading
from fervid.core.regions import Regions
from fervid.draw import plates
from fervid.draw.blur import Blur, Head
from fervid.draw.layout import Overlay, Rect, Style, lay_out, to_rect

_OUTLINE = (24, 20, 18)
# The distance by which rounding moves what is painted, in pixels.
_ROUNDING = 2


class Painter:
    """A painter of boxes, labels and bars. It remembers which faces had a panel, so that panels do not flicker.

    Args:
        blur: Blurs the faces before anything is painted; None to show them.
        choice: The parts of the picture in which faces count, to be outlined together with the faces that were left
            out; None to outline neither.
    """

    def __init__(self, blur: Blur | None = None, *, choice: Regions | None = None) -> None:
        self._blur = blur
        self._choice = choice
        self._had_panel: frozenset[int] = frozenset()

    def paint(
        self,
        image: NDArray[np.uint8],
        reading: FrameReading,
        pixel_aspect: Fraction = SQUARE,
        *,
        frame: Canvas | None = None,
    ) -> None:
        """Paint the overlay of every face.

        Args:
            image: The frame, (height, width, 3) uint8, blue green red. It is modified, so it must be a copy.
            reading: The reading of that frame, in its pixels.
            pixel_aspect: The pixel aspect ratio (width / height) of the frame. Where it is not square, the overlay is
                laid out as the frame will be shown, and painted so much narrower or flatter.
            frame: The size of the frame, if `image` is the frame in another size; None if it has its own.
        """
        stored = Canvas(image.shape[1], image.shape[0], pixel_aspect)
        self.plan(stored, reading, frame).paint(image)

    def plan(self, stored: Canvas, reading: FrameReading, frame: Canvas | None = None) -> Painting:
        """Return what is to be painted on the next frame, instead of painting it.

        Args:
            stored: The size of the picture to paint on, and the shape of its pixels.
            reading: The reading of the frame, in its pixels.
            frame: The size of the frame, if it is shown in another size; None if `stored` is its size.
        """
        frame = stored if frame is None else frame
        reading = reading.moved(stored.place(frame))
        heads = () if self._blur is None else tuple(self._blur.heads(Canvas(*stored.size), reading))
        shown = stored.square
        style = Style(width=shown.width, height=shown.height)
        overlays = lay_out(style, reading.moved(shown.place(stored)).faces, self._had_panel)
        self._had_panel = frozenset(overlay.face.face_id for overlay in overlays if overlay.panel)
        return Painting(stored, heads, style, tuple(overlays), tuple(self._outlines(stored, style, reading, frame)))

    def _outlines(self, stored: Canvas, style: Style, reading: FrameReading, frame: Canvas) -> Iterator[Outline]:
        """Yield the outlines of the regions, just inside them, and of the faces that were left out."""
        if self._choice is None:
            return
        place = stored.square.place(stored)
        inside = style.line + 2 * style.edge
        for area in self._choice.boxes(frame, frame.place(stored)):
            rect = to_rect(place.box(area.clipped(*stored.size))).grown(-inside, -inside)
            if rect:
                yield Outline(rect, plates.WHITE)
        for box in reading.left_out:
            yield Outline(to_rect(place.box(box)), plates.bgr(UNCERTAIN))


@dataclass(frozen=True, slots=True)
class Outline:
    """A rectangle to outline.

    Attributes:
        rect: The rectangle, in pixels on the screen.
        ink: The colour.
    """

    rect: Rect
    ink: plates.Bgr


@dataclass(frozen=True, slots=True)
class Painting:
    """The parts to paint on one frame.

    Attributes:
        stored: The size of the frame, and the shape of its pixels.
        heads: The heads to hide.
        style: The sizes of the parts of an overlay.
        overlays: The overlays of the faces.
        outlines: What is outlined beside them.
    """

    stored: Canvas
    heads: tuple[Head, ...]
    style: Style
    overlays: tuple[Overlay, ...]
    outlines: tuple[Outline, ...] = ()

    def paint(self, image: NDArray[np.uint8]) -> None:
        """Paint them.

        Args:
            image: The frame, (height, width, 3) uint8, blue green red. It is modified, and only within `areas`.
        """
        for head in self.heads:
            head.hide(image)
        brush, style = _Brush(image, *self._scales), self.style
        for outline in self.outlines:
            brush.frame(outline.rect, style.line, style.edge, outline.ink)
        for overlay in self.overlays:
            brush.frame(overlay.box, style.line, style.edge, plates.bgr(overlay.face.emotion))
        for overlay in self.overlays:
            if overlay.panel:
                _paint_panel(brush, style, overlay, overlay.panel)
        for overlay in self.overlays:
            if overlay.label:
                _paint_label(brush, style, overlay, overlay.label)

    def areas(self) -> list[Rect]:
        """Return the parts of the frame that are painted on. They may overlap, but none lies within another."""
        scale_x, scale_y = self._scales
        rounding = 0 if scale_x == scale_y == 1 else _ROUNDING
        areas = [head.area for head in self.heads]
        for outline in self.outlines:
            areas += self._outline(_scaled(outline.rect, scale_x, scale_y), rounding)
        for overlay in self.overlays:
            areas += self._outline(_scaled(overlay.box, scale_x, scale_y), rounding)
            plates_at = (overlay.label, overlay.panel)
            areas += [_scaled(plate, scale_x, scale_y).grown(rounding, rounding) for plate in plates_at if plate]
        kept: list[Rect] = []
        for area in sorted((area.clipped(*self.stored.size) for area in areas), key=lambda area: -area.size):
            if area and not any(area.lies_in(other) for other in kept):
                kept.append(area)
        return kept

    def _outline(self, box: Rect, rounding: int) -> list[Rect]:
        """Return the four lines around a box in pixels of the frame."""
        scale_x, scale_y = self._scales
        line, edge = self.style.line, self.style.edge
        inside_x, inside_y = math.ceil(edge * scale_x) + rounding, math.ceil(edge * scale_y) + rounding
        beyond_x, beyond_y = math.ceil(line * scale_x) + inside_x, math.ceil(line * scale_y) + inside_y
        whole = box.grown(beyond_x, beyond_y)
        across, down = beyond_x + inside_x, beyond_y + inside_y
        return [
            Rect(whole.x, whole.y, whole.width, down),
            Rect(whole.x, whole.bottom - down, whole.width, down),
            Rect(whole.x, whole.y, across, whole.height),
            Rect(whole.right - across, whole.y, across, whole.height),
        ]

    @property
    def _scales(self) -> tuple[float, float]:
        """Width and height of a pixel on the screen, in pixels of the frame."""
        shown = self.stored.square
        return self.stored.width / shown.width, self.stored.height / shown.height


@dataclass(frozen=True, slots=True, eq=False)
class _Brush:
    """A frame to paint on, with positions as on the screen.

    Attributes:
        image: The frame, (height, width, 3) uint8, blue green red.
        scale_x: The width of a pixel on the screen, in pixels of the frame.
        scale_y: The height of a pixel on the screen, in pixels of the frame.
    """

    image: NDArray[np.uint8]
    scale_x: float
    scale_y: float

    def blend(self, plate: plates.Plate, x: int, y: int) -> None:
        """Blend a plate into the frame, with its top left corner at (`x`, `y`)."""
        at = self.place(Rect(x, y, plate.width, plate.height))
        if (at.width, at.height) != (plate.width, plate.height):
            plate = plates.resized(plate, at.width, at.height)
        height, width = self.image.shape[:2]  # rounding must not move it over the edge
        plate.blend(self.image, min(at.x, width - at.width), min(at.y, height - at.height))

    def frame(self, box: Rect, line: int, edge: int, ink: plates.Bgr) -> None:
        """Draw a line around a box, with thin dark lines along both edges, so that it shows on any background."""
        box, line_x, line_y = self.place(box), self._thickness(line, self.scale_x), self._thickness(line, self.scale_y)
        edge_x, edge_y = self._thickness(edge, self.scale_x), self._thickness(edge, self.scale_y)
        self._outline(box, (-line_x - edge_x, -line_y - edge_y), (edge_x, edge_y), _OUTLINE)
        self._outline(box, (-line_x, -line_y), (line_x, line_y), ink)
        self._outline(box, (0, 0), (edge_x, edge_y), _OUTLINE)

    def place(self, rect: Rect) -> Rect:
        """Return a rectangle on the screen in pixels of the frame."""
        return _scaled(rect, self.scale_x, self.scale_y)

    def _outline(self, box: Rect, inset: tuple[int, int], line: tuple[int, int], ink: plates.Bgr) -> None:
        """Paint the outline of a box in pixels of the frame; `inset` and `line` are across and down."""
        left, top, right, bottom = box.x + inset[0], box.y + inset[1], box.right - inset[0], box.bottom - inset[1]
        for x, y, to_x, to_y in (
            (left, top, right, top + line[1]),
            (left, bottom - line[1], right, bottom),
            (left, top, left + line[0], bottom),
            (right - line[0], top, right, bottom),
        ):
            self.image[max(0, y) : max(0, to_y), max(0, x) : max(0, to_x)] = ink

    @staticmethod
    def _thickness(line: int, scale: float) -> int:
        return max(1, round(line * scale))


def _scaled(rect: Rect, scale_x: float, scale_y: float) -> Rect:
    return rect if scale_x == scale_y == 1 else rect.scaled(scale_x, scale_y)


def _paint_panel(brush: _Brush, style: Style, overlay: Overlay, at: Rect) -> None:
    face = overlay.face
    brush.blend(plates.panel(style, face.classes), at.x, at.y)
    if face.certain:
        name, x, y = plates.bright_name(style, face.classes, face.emotion)
        brush.blend(name, at.x + x, at.y + y)
    bars = zip(face.strengths.items(), plates.tracks(style, face.classes), strict=True)
    for (emotion, strength), track in bars:
        place = brush.place(Rect(at.x + track.x, at.y + track.y, track.width, track.height))
        _paint_bar(brush.image, place, strength, emotion if face.certain else UNCERTAIN)


def _paint_bar(image: NDArray[np.uint8], track: Rect, strength: float, emotion: str) -> None:
    """Paint a bar from the left end of its track. The last column is blended, so that the bar grows smoothly."""
    length = min(max(strength, 0.0), 1.0) * track.width
    whole, part = math.floor(length), length % 1
    rows = slice(track.y, track.bottom)
    image[rows, track.x : track.x + whole] = plates.bgr(emotion)
    if whole < track.width:
        column = image[rows, track.x + whole]
        column[:] = column * (1 - part) + np.array(plates.bgr(emotion)) * part


def _paint_label(brush: _Brush, style: Style, overlay: Overlay, at: Rect) -> None:
    face, size = overlay.face, (at.width, at.height)
    brush.blend(plates.label(style, face.face_id, face.emotion, size), at.x, at.y)
    percentage, x, y = plates.percentage(style, round(face.confidence * 100), size)
    brush.blend(percentage, at.x + x, at.y + y)
