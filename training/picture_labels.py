"""Placing the labels of the points of a picture where they cover neither each other nor anything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

RINGS = (3.0, 8.0, 17.0, 29.0, 45.0)
"""The distances of a label from the mark of its point that are tried, in points."""

DIRECTIONS = 16
PASSES = 4

LEADER = 5.0
"""The distance beyond which a thin line leads from the point to its label, likewise."""


@dataclass(frozen=True, slots=True)
class Label:
    """The label of one point.

    Attributes:
        text: The text.
        x: The place of the point in the data.
        y: Likewise.
        mark: The width of the point's mark, in points.
        style: Keyword arguments of the text.
    """

    text: str
    x: float
    y: float
    mark: float
    style: dict[str, Any]


class _Box(NamedTuple):
    """A rectangle on the picture, in points."""

    left: float
    bottom: float
    right: float
    top: float

    @classmethod
    def about(cls, x: float, y: float, width: float, height: float) -> _Box:
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    def overlap(self, other: _Box) -> float:
        """Return the area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return width * height if width > 0 and height > 0 else 0.0

    def is_within(self, frame: _Box) -> bool:
        """Return True if no part lies outside `frame`."""
        sides = self.left >= frame.left and self.right <= frame.right
        return sides and self.bottom >= frame.bottom and self.top <= frame.top

    def holds(self, x: float, y: float) -> bool:
        """Return True if a place lies inside."""
        return self.left < x < self.right and self.bottom < y < self.top


class _Spot(NamedTuple):
    """A place for a label: the distance of its box from the mark of the point, and the direction in radians."""

    ring: float
    angle: float


@dataclass(slots=True)
class _Placed:
    """A label with the place of its point and its own size, in points, and its spot."""

    label: Label
    x: float
    y: float
    width: float
    height: float
    spot: _Spot

    @property
    def mark(self) -> _Box:
        """The mark of the point."""
        return _Box.about(self.x, self.y, self.label.mark, self.label.mark)

    def box(self, spot: _Spot | None = None) -> _Box:
        """Return the box of the text at `spot`, or where it is now."""
        ring, angle = spot or self.spot
        ring += self.label.mark / 2
        x = self.x + math.cos(angle) * (ring + self.width / 2)
        y = self.y + math.sin(angle) * (ring + self.height / 2)
        return _Box.about(x, y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class _Canvas:
    """All that a label should not cover.

    Attributes:
        frame: The area of the axes.
        texts: Other texts.
        lines: The heights of horizontal lines.
    """

    frame: _Box
    texts: Sequence[_Box]
    lines: Sequence[float]

    def cost(self, one: _Placed, spot: _Spot, others: Sequence[_Placed]) -> float:
        """Return how bad it is to place a label at a spot: far is dear, and what covers something is dearer."""
        box = one.box(spot)
        if not box.is_within(self.frame):
            return math.inf
        covered = [one.mark, *self.texts]
        for other in others:
            covered += [other.mark, other.box()]
        # Beside the point reads best, on its right before its left.
        cost = spot.ring**1.5 / 10 + 2 * abs(math.sin(spot.angle)) + 2 * (math.cos(spot.angle) < -0.1)
        cost += 10 * sum(box.overlap(each) for each in covered)
        cost += 30 * sum(box.bottom - 1 < line < box.top + 1 for line in self.lines)
        if spot.ring > LEADER:
            cost += 40 * sum(_leads_over(one, box, each) for each in covered[1:])
        return cost


def place(axes: Axes, labels: Sequence[Label], texts: Sequence[Text], heights: Sequence[float]) -> None:
    """Draw labels beside their points; each in turn takes the best spot about its point, several times over.

    Args:
        axes: The axes with the points, complete but for the labels.
        labels: The labels.
        texts: Texts on the axes that no label may cover.
        heights: The y of horizontal lines that no label should cross.
    """
    figure: Any = axes.figure
    figure.draw_without_rendering()
    scale = 72 / figure.dpi
    lines = [float(axes.transData.transform((1, height))[1] * scale) for height in heights]
    frame = _in_points(axes.get_window_extent(), scale)
    canvas = _Canvas(frame, [_in_points(text.get_window_extent(), scale) for text in texts], lines)
    spots = [_Spot(ring, 2 * math.pi * turn / DIRECTIONS) for ring in RINGS for turn in range(DIRECTIONS)]
    placed = []
    for label in labels:
        drawn = axes.text(label.x, label.y, label.text, **label.style)
        box = _in_points(drawn.get_window_extent(), scale)
        drawn.remove()
        x, y = axes.transData.transform((label.x, label.y)) * scale
        placed.append(_Placed(label, float(x), float(y), box.right - box.left + 2, box.top - box.bottom, spots[0]))
    for _ in range(PASSES):
        for one in placed:
            others = [other for other in placed if other is not one]
            one.spot = min(spots, key=lambda spot: canvas.cost(one, spot, others))
    for one in placed:
        _draw(axes, one)


def _leads_over(one: _Placed, box: _Box, other: _Box) -> bool:
    """Return True if the line from a point to its label at `box` crosses another box."""
    across, up = (box.left + box.right) / 2 - one.x, (box.bottom + box.top) / 2 - one.y
    return any(other.holds(one.x + across * part / 10, one.y + up * part / 10) for part in range(11))


def _draw(axes: Axes, one: _Placed) -> None:
    box = one.box()
    leader = {"arrowstyle": "-", "color": "#9A9A9A", "linewidth": 0.7, "shrinkA": 1, "shrinkB": one.label.mark / 2 + 1}
    axes.annotate(
        one.label.text,
        (one.label.x, one.label.y),
        ((box.left + box.right) / 2 - one.x, (box.bottom + box.top) / 2 - one.y),
        textcoords="offset points",
        ha="center",
        va="center",
        arrowprops=leader if one.spot.ring > LEADER else None,
        **one.label.style,
    )


def _in_points(box: Bbox, scale: float) -> _Box:
    return _Box(box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale)
