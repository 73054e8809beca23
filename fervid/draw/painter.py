"""Painting of readings onto frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import SQUARE, Canvas
from fervid.core.emotions import UNCERTAIN
from fervid.core.readings import FrameReading
from fervid.core.regions import Regions
from fervid.draw import plates
from fervid.draw.blur import Blur, Head
from fervid.draw.brushes import Brush, ImageBrush
from fervid.draw.layout import Overlay, Rect, Style, lay_out, to_rect
from fervid.draw.steady_boxes import SteadyBoxes

_OUTLINE = (24, 20, 18)


class Painter:
    """A painter of boxes, labels and bars. It remembers where they were, so that they neither flicker nor tremble.

    Args:
        blur: Blurs the faces before anything is painted; None to show them.
        choice: The parts of the picture in which faces count, to be outlined together with the faces that were left
            out; None to outline neither.
    """

    def __init__(self, blur: Blur | None = None, *, choice: Regions | None = None) -> None:
        self._blur = blur
        self._choice = choice
        self._had_panel: frozenset[int] = frozenset()
        self._boxes = SteadyBoxes()

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
        faces = self._boxes.follow(reading.moved(shown.place(stored)).faces)
        overlays = lay_out(style, faces, self._had_panel)
        self._had_panel = frozenset(overlay.face.face_id for overlay in overlays if overlay.panel)
        lines = self._lines(stored, style, reading, frame, overlays)
        return Painting(stored, heads, tuple(lines), style, tuple(overlays))

    def _lines(
        self, stored: Canvas, style: Style, reading: FrameReading, frame: Canvas, overlays: Iterable[Overlay]
    ) -> Iterator[Line]:
        """Yield the lines just inside the regions, around the faces that were left out, and around the others."""
        if self._choice is not None:
            place = stored.square.place(stored)
            inside = style.line + 2 * style.edge
            for area in self._choice.boxes(frame, frame.place(stored)):
                rect = to_rect(place.box(area.clipped(*stored.size))).grown(-inside, -inside)
                if rect:
                    yield from _outline(stored, style, rect, plates.WHITE)
            for box in reading.left_out:
                yield from _outline(stored, style, to_rect(place.box(box)), plates.bgr(UNCERTAIN))
        for overlay in overlays:
            yield from _outline(stored, style, overlay.box, plates.bgr(overlay.face.emotion))


class Line(NamedTuple):
    """A line of one colour.

    Attributes:
        rect: Where it is, in pixels of the frame, and not outside it.
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
        lines: The lines around faces and regions. The later ones lie above the earlier.
        style: The sizes of the parts of an overlay.
        overlays: The overlays of the faces.
    """

    stored: Canvas
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    style: Style
    overlays: tuple[Overlay, ...]

    def paint(self, image: NDArray[np.uint8]) -> None:
        """Paint all of it.

        Args:
            image: The frame, (height, width, 3) uint8, blue green red. It is modified.
        """
        self.hide(image)
        self.lay_over(ImageBrush(image))

    def hide(self, image: NDArray[np.uint8]) -> None:
        """Hide the heads alone.

        Args:
            image: The frame, (height, width, 3) uint8, blue green red. It is modified, and only the areas of `heads`
                are looked at.
        """
        for head in self.heads:
            head.hide(image)

    def lay_over(self, brush: Brush) -> None:
        """Paint everything but the hidden heads."""
        for line in self.lines:
            brush.fill(line.rect, line.ink)
        screen, style = _Screen(brush, *_scales(self.stored)), self.style
        for overlay in self.overlays:
            if overlay.panel:
                _paint_panel(screen, style, overlay, overlay.panel)
        for overlay in self.overlays:
            if overlay.label:
                _paint_label(screen, style, overlay, overlay.label)


@dataclass(frozen=True, slots=True, eq=False)
class _Screen:
    """A frame to paint on, with positions as on the screen.

    Attributes:
        brush: Paints on the frame.
        scale_x: The width of a pixel on the screen, in pixels of the frame.
        scale_y: The height of a pixel on the screen, in pixels of the frame.
    """

    brush: Brush
    scale_x: float
    scale_y: float

    def blend(self, plate: plates.Plate, x: int, y: int) -> None:
        """Blend a plate into the frame, with its top left corner at (`x`, `y`)."""
        at = self.place(Rect(x, y, plate.width, plate.height))
        if (at.width, at.height) != (plate.width, plate.height):
            plate = plates.resized(plate, at.width, at.height)
        width, height = self.brush.size  # rounding must not move it over the edge
        self.brush.blend(plate, min(at.x, width - at.width), min(at.y, height - at.height))

    def place(self, rect: Rect) -> Rect:
        """Return a rectangle on the screen in pixels of the frame."""
        return _scaled(rect, self.scale_x, self.scale_y)


def _outline(stored: Canvas, style: Style, box: Rect, ink: plates.Bgr) -> Iterator[Line]:
    """Yield the lines around a box, with thin dark lines along both edges, so that they show on any background."""
    scale_x, scale_y = _scales(stored)
    at = _scaled(box, scale_x, scale_y)
    line_x, line_y = _thickness(style.line, scale_x), _thickness(style.line, scale_y)
    edge_x, edge_y = _thickness(style.edge, scale_x), _thickness(style.edge, scale_y)
    for outer, width, height, colour in (
        (at.grown(line_x + edge_x, line_y + edge_y), edge_x, edge_y, _OUTLINE),
        (at.grown(line_x, line_y), line_x, line_y, ink),
        (at, edge_x, edge_y, _OUTLINE),
    ):
        for rect in (
            Rect(outer.x, outer.y, outer.width, height),
            Rect(outer.x, outer.bottom - height, outer.width, height),
            Rect(outer.x, outer.y, width, outer.height),
            Rect(outer.right - width, outer.y, width, outer.height),
        ):
            if inside := rect.clipped(*stored.size):
                yield Line(inside, colour)


def _thickness(line: int, scale: float) -> int:
    return max(1, round(line * scale))


def _scales(stored: Canvas) -> tuple[float, float]:
    """Return width and height of a pixel on the screen, in pixels of the frame."""
    shown = stored.square
    return stored.width / shown.width, stored.height / shown.height


def _scaled(rect: Rect, scale_x: float, scale_y: float) -> Rect:
    return rect if scale_x == scale_y == 1 else rect.scaled(scale_x, scale_y)


def _paint_panel(screen: _Screen, style: Style, overlay: Overlay, at: Rect) -> None:
    face = overlay.face
    screen.blend(plates.panel(style, face.classes), at.x, at.y)
    if face.certain:
        name, x, y = plates.bright_name(style, face.classes, face.emotion)
        screen.blend(name, at.x + x, at.y + y)
    bars = zip(face.strengths.items(), plates.tracks(style, face.classes), strict=True)
    for (emotion, strength), track in bars:
        place = screen.place(Rect(at.x + track.x, at.y + track.y, track.width, track.height))
        length = min(max(strength, 0.0), 1.0) * place.width
        screen.brush.bar(place, length, plates.bgr(emotion if face.certain else UNCERTAIN))


def _paint_label(screen: _Screen, style: Style, overlay: Overlay, at: Rect) -> None:
    face, size = overlay.face, (at.width, at.height)
    screen.blend(plates.label(style, face.face_id, face.emotion, size), at.x, at.y)
    percentage, x, y = plates.percentage(style, round(face.confidence * 100), size)
    screen.blend(percentage, at.x + x, at.y + y)
