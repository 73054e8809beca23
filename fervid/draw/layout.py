"""Layout of overlays, computed from sizes alone before anything is painted."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fervid.core.geometry import Box
from fervid.core.readings import FaceReading
from fervid.draw import text

_TEXT_SHARE = 1 / 36  # the text size, as a share of the frame's shorter side
_MIN_TEXT = 11  # pixels to the em; smaller text is not legible
# The height of a face, as a share of its panel's, from which it gets a panel, and down to which it keeps one.
_PANEL_FROM = 0.45
_PANEL_DOWN_TO = 0.38


class Rect(NamedTuple):
    """An upright rectangle of whole pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The x coordinate just past the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The y coordinate just past the bottom edge."""
        return self.y + self.height

    def __bool__(self) -> bool:
        return self.width > 0 and self.height > 0

    @property
    def size(self) -> int:
        """The number of pixels."""
        return self.width * self.height

    def overlaps(self, other: Rect) -> bool:
        """Return whether both share a pixel."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def lies_in(self, other: Rect) -> bool:
        """Return whether the other rectangle has all pixels of this one."""
        return self.x >= other.x and self.y >= other.y and self.right <= other.right and self.bottom <= other.bottom

    def grown(self, x: int, y: int) -> Rect:
        """Return the rectangle with so many pixels more on each side."""
        return Rect(self.x - x, self.y - y, self.width + 2 * x, self.height + 2 * y)

    def clipped(self, width: int, height: int) -> Rect:
        """Return the part inside a frame of this size; it may have no pixels."""
        left, top = min(max(0, self.x), width), min(max(0, self.y), height)
        return Rect(left, top, min(max(left, self.right), width) - left, min(max(top, self.bottom), height) - top)

    def scaled(self, factor_x: float, factor_y: float) -> Rect:
        """Return the rectangle in an image resized by these factors, at least one pixel wide and high."""
        width, height = max(1, round(self.width * factor_x)), max(1, round(self.height * factor_y))
        return Rect(round(self.x * factor_x), round(self.y * factor_y), width, height)

    def fits_in(self, width: int, height: int) -> bool:
        """Return whether the rectangle lies inside a frame of this size."""
        return self.x >= 0 and self.y >= 0 and self.right <= width and self.bottom <= height


@dataclass(frozen=True, slots=True)
class Style:
    """The sizes of the parts of an overlay, in pixels, for frames of one size.

    Attributes:
        width: The width of the frame.
        height: The height of the frame.
    """

    width: int
    height: int

    @property
    def text(self) -> int:
        """The size of the text in a label, in pixels to the em."""
        return max(_MIN_TEXT, round(min(self.width, self.height) * _TEXT_SHARE))

    @property
    def small_text(self) -> int:
        """The size of the class names in a panel, in pixels to the em."""
        return max(_MIN_TEXT - 1, round(self.text * 0.8))

    @property
    def line(self) -> int:
        """The line width of a box."""
        return max(2, round(self.text / 9))

    @property
    def edge(self) -> int:
        """The width of the dark lines along a box."""
        return max(1, self.line // 2)

    @property
    def gap(self) -> int:
        """The space between parts that belong together."""
        return max(4, round(self.text * 0.4))

    @property
    def label_height(self) -> int:
        """The height of a label."""
        return round(self.text * 1.5)

    @property
    def row(self) -> int:
        """The height of a row of a panel, which shows one class."""
        return text.height(self.small_text)

    @property
    def bar(self) -> int:
        """The length of a bar at a probability of 1."""
        return round(self.small_text * 5)

    def tab_width(self, face_id: int) -> int:
        """Return the width of the coloured field with the number of a face, at the left end of its label."""
        return max(self.label_height, text.width(str(face_id), self.small_text) + 2 * self.gap)

    def label_size(self, face: FaceReading) -> tuple[int, int]:
        """Return width and height of a label, the same for every percentage, so that the label stands still."""
        words = text.width(face.emotion, self.text) + text.width("100 %", self.text)
        return self.tab_width(face.face_id) + words + 3 * self.gap, self.label_height

    def names_width(self, classes: Sequence[str]) -> int:
        """Return the width of the longest class name in a panel."""
        return max(text.width(name, self.small_text) for name in classes)

    def panel_size(self, classes: Sequence[str]) -> tuple[int, int]:
        """Return width and height of a panel with a bar for each class."""
        return self.names_width(classes) + self.bar + 4 * self.gap, self.row * len(classes) + 2 * self.gap


@dataclass(frozen=True, slots=True)
class Overlay:
    """The positions of the parts that belong to one face.

    Attributes:
        face: The face.
        box: The bounding box of the face. It may extend beyond the frame.
        label: The plate with emotion and confidence; None where it does not fit, or the face is outside the frame.
        panel: The plate with a bar for each class; None where it does not fit, or would cover another face.
    """

    face: FaceReading
    box: Rect
    label: Rect | None
    panel: Rect | None


def lay_out(style: Style, faces: Sequence[FaceReading], had_panel: Container[int] = ()) -> list[Overlay]:
    """Return the layout for the faces of one frame, in their order, with every label and panel inside the frame.

    Larger faces are placed first. A label goes above the face if there is room, otherwise below it or inside its box.
    A panel goes beside the face if there is room, otherwise below or above it, or into a corner of the frame where the
    face fills that.

    Args:
        style: The sizes of the parts.
        faces: The faces, in any order.
        had_panel: The `face_id` of every face that had a panel in the frame before. Such a face keeps its panel down to
            a smaller size, so that the panel does not flicker.
    """
    visible = {face.face_id: _visible(style, face) for face in faces}
    ordered = sorted((face for face in faces if visible[face.face_id]), key=lambda face: -face.box.area)
    labels: dict[int, Rect] = {}
    for face in ordered:
        if label := _label(style, face, visible[face.face_id], list(labels.values())):
            labels[face.face_id] = label
    panels: dict[int, Rect] = {}
    for face in ordered:
        others = [visible[other.face_id] for other in ordered if other is not face]
        limit = _PANEL_DOWN_TO if face.face_id in had_panel else _PANEL_FROM
        if panel := _panel(style, face, visible[face.face_id], [*others, *labels.values(), *panels.values()], limit):
            panels[face.face_id] = panel
    return [Overlay(face, to_rect(face.box), labels.get(face.face_id), panels.get(face.face_id)) for face in faces]


def to_rect(box: Box) -> Rect:
    """Return a box in whole pixels."""
    x, y, right, bottom = round(box.x), round(box.y), round(box.right), round(box.bottom)
    return Rect(x, y, right - x, bottom - y)


def _visible(style: Style, face: FaceReading) -> Rect:
    """Return the part of the bounding box inside the frame; of zero size, and so false, where there is none."""
    return to_rect(face.box.clipped(style.width, style.height))


def _label(style: Style, face: FaceReading, box: Rect, taken: Sequence[Rect]) -> Rect | None:
    width, height = style.label_size(face)
    x = max(0, min(box.x - style.line, style.width - width))
    above, below, inside = box.y - style.gap - height, box.bottom + style.gap, box.y + style.gap
    tries = [Rect(x, y, width, height) for y in (above, below, inside)]
    return _first_free(style, tries, taken) or _first_free(style, tries, ())


def _panel(style: Style, face: FaceReading, box: Rect, taken: Sequence[Rect], limit: float) -> Rect | None:
    width, height = style.panel_size(face.classes)
    if box.height < height * limit or height > style.height * 0.6 or width > style.width * 0.6:
        return None
    return _first_free(style, _panel_positions(style, box, width, height), taken)


def _panel_positions(style: Style, box: Rect, width: int, height: int) -> Iterator[Rect]:
    """Yield the possible positions of a panel, the best first."""
    away = style.gap + style.line
    farthest_x, farthest_y = style.width - width - style.gap, style.height - height - style.gap
    y = max(style.gap, min(box.y - style.line, farthest_y))
    yield Rect(box.right + away, y, width, height)
    yield Rect(box.x - away - width, y, width, height)
    x = max(style.gap, min(box.x - style.line, farthest_x))
    for past_label in (0, style.label_height + style.gap):
        yield Rect(x, box.bottom + away + past_label, width, height)
        yield Rect(x, box.y - away - past_label - height, width, height)
    for corner in (Rect(farthest_x, farthest_y, width, height), Rect(style.gap, farthest_y, width, height)):
        if corner.overlaps(box):
            yield corner


def _first_free(style: Style, tries: Iterable[Rect], taken: Sequence[Rect]) -> Rect | None:
    for rect in tries:
        if rect.fits_in(style.width, style.height) and not any(rect.overlaps(other) for other in taken):
            return rect
    return None
