"""Where the parts of an overlay go, computed from sizes alone, before anything is painted."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fervid.core.geometry import Box
from fervid.core.readings import FaceReading
from fervid.draw import text

# Of the frame's shorter side; below the smallest size this face cannot be read.
_TEXT_SHARE = 1 / 36
_SMALLEST_TEXT = 11
# How high a face must be, against its panel, to be given one, and what it may shrink to before it is taken away again.
_WORTH_A_PANEL = 0.45
_STILL_WORTH_IT = 0.38


class Rect(NamedTuple):
    """An upright rectangle of whole pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The x just past its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The y just past its bottom edge."""
        return self.y + self.height

    def __bool__(self) -> bool:
        return self.width > 0 and self.height > 0

    def meets(self, other: Rect) -> bool:
        """Whether they share a pixel."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def lies_in(self, width: int, height: int) -> bool:
        """Whether all of it lies in a frame of this size."""
        return self.x >= 0 and self.y >= 0 and self.right <= width and self.bottom <= height


@dataclass(frozen=True, slots=True)
class Style:
    """The sizes of everything, in pixels, for frames of one size.

    Attributes:
        width: Of the frame.
        height: Of the frame.
    """

    width: int
    height: int

    @property
    def text(self) -> int:
        """The size of a label's text."""
        return max(_SMALLEST_TEXT, round(min(self.width, self.height) * _TEXT_SHARE))

    @property
    def small_text(self) -> int:
        """The size of the class names in a panel."""
        return max(_SMALLEST_TEXT - 1, round(self.text * 0.8))

    @property
    def line(self) -> int:
        """The strength of a box's line."""
        return max(2, round(self.text / 9))

    @property
    def gap(self) -> int:
        """Between parts that belong together."""
        return max(4, round(self.text * 0.4))

    @property
    def label_height(self) -> int:
        """Of a label's plate."""
        return round(self.text * 1.5)

    @property
    def row(self) -> int:
        """From one class of a panel to the next."""
        return text.height(self.small_text)

    @property
    def bar(self) -> int:
        """The length of a bar at 100 %."""
        return round(self.small_text * 5)

    def tab_width(self, face_id: int) -> int:
        """Of the coloured field with a face's number, at the left end of its label."""
        return max(self.label_height, text.width(str(face_id), self.small_text) + 2 * self.gap)

    def label_size(self, face: FaceReading) -> tuple[int, int]:
        """Of a whole label; as wide for any percentage, so that it stands still."""
        words = text.width(face.emotion, self.text) + text.width("100 %", self.text)
        return self.tab_width(face.face_id) + words + 3 * self.gap, self.label_height

    def names_width(self, classes: Sequence[str]) -> int:
        """Of the longest class name in a panel."""
        return max(text.width(name, self.small_text) for name in classes)

    def panel_size(self, classes: Sequence[str]) -> tuple[int, int]:
        """Of a panel with a bar for each class."""
        return self.names_width(classes) + self.bar + 4 * self.gap, self.row * len(classes) + 2 * self.gap


@dataclass(frozen=True, slots=True)
class Overlay:
    """Where the parts of one face go.

    Attributes:
        face: Whose.
        box: The face's box; parts of it may lie outside.
        label: The plate with emotion and confidence; None where it does not fit, or the face is out of sight.
        panel: The plate with a bar for each class; None where it does not fit, or would hide another face.
    """

    face: FaceReading
    box: Rect
    label: Rect | None
    panel: Rect | None


def lay_out(style: Style, faces: Sequence[FaceReading], had_panel: Container[int] = ()) -> list[Overlay]:
    """Find a place for the parts of every face; all plates lie inside the frame.

    Large faces choose first. A label stands above its face, or else below it, or else inside its box; a panel beside
    its face, or else below or above it, or else in a corner of a face that fills the frame.

    Args:
        style: The sizes.
        faces: The faces of one frame, in any order.
        had_panel: The `face_id` of those that had a panel in the frame before, which they keep a little longer, so that
            it does not flicker.
    """
    seen = {face.face_id: _visible(style, face) for face in faces}
    ordered = sorted((face for face in faces if seen[face.face_id]), key=lambda face: -face.box.area)
    labels: dict[int, Rect] = {}
    for face in ordered:
        if label := _label(style, face, seen[face.face_id], list(labels.values())):
            labels[face.face_id] = label
    panels: dict[int, Rect] = {}
    for face in ordered:
        others = [seen[other.face_id] for other in ordered if other is not face]
        limit = _STILL_WORTH_IT if face.face_id in had_panel else _WORTH_A_PANEL
        if panel := _panel(style, face, seen[face.face_id], [*others, *labels.values(), *panels.values()], limit):
            panels[face.face_id] = panel
    return [Overlay(face, _whole(face.box), labels.get(face.face_id), panels.get(face.face_id)) for face in faces]


def _whole(box: Box) -> Rect:
    x, y, right, bottom = round(box.x), round(box.y), round(box.right), round(box.bottom)
    return Rect(x, y, right - x, bottom - y)


def _visible(style: Style, face: FaceReading) -> Rect:
    """What of its box lies in the frame; of no size, and so false, where nothing does."""
    return _whole(face.box.clipped(style.width, style.height))


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
    return _first_free(style, _beside(style, box, width, height), taken)


def _beside(style: Style, box: Rect, width: int, height: int) -> Iterator[Rect]:
    """The places of a panel, the best first."""
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
        if corner.meets(box):
            yield corner


def _first_free(style: Style, tries: Iterable[Rect], taken: Sequence[Rect]) -> Rect | None:
    for rect in tries:
        if rect.lies_in(style.width, style.height) and not any(rect.meets(other) for other in taken):
            return rect
    return None
