"""Painting of soft-edged shapes on a transparent sheet, in the units of the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Colour = tuple[float, float, float]
"""Red, green, blue, 0 to 255."""

Points = NDArray[np.float64]
"""(N, 2): x to the right, y down."""

_SUBPIXEL_BITS: Final = 6


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return a mixture of two colours, with `share` (0 to 1) of the second."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def shade(colour: Colour, light: float) -> Colour:
    """Return the colour in another light: below 1 darker and warmer, as skin is in shadow, above 1 lighter."""
    if light >= 1:
        return mix(colour, (255, 246, 232), light - 1)
    return colour[0] * light**0.8, colour[1] * light, colour[2] * light**1.05


def ellipse(centre: tuple[float, float], radii: tuple[float, float], count: int = 40) -> Points:
    """Return `count` points on an upright ellipse."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([centre[0] + radii[0] * np.cos(angle), centre[1] + radii[1] * np.sin(angle)], axis=1)


def curve(points: ArrayLike, closed: bool = False, steps: int = 8) -> Points:
    """Return a smooth curve (Catmull-Rom spline) through the points, with `steps` points from each to the next."""
    knots = np.asarray(points, dtype=np.float64)
    ends = (knots[-1:], knots[:2]) if closed else (knots[:1], knots[-1:])
    padded = np.concatenate([ends[0], knots, ends[1]])
    before, start, stop, after = (padded[i : len(padded) - 3 + i, None] for i in range(4))
    t = (np.arange(steps) / steps)[None, :, None]
    pieces = (
        2 * start
        + (stop - before) * t
        + (2 * before - 5 * start + 4 * stop - after) * t**2
        + (3 * start - before - 3 * stop + after) * t**3
    ) / 2
    path = pieces.reshape(-1, 2)
    return path if closed else np.concatenate([path, knots[-1:]])


def mirrored(points: ArrayLike) -> Points:
    """Return the points mirrored at the vertical axis."""
    flipped: Points = np.asarray(points, dtype=np.float64) * np.array([-1.0, 1.0])
    return flipped


def lowered(points: Points, by: float) -> Points:
    """Return the points moved down, or up where `by` is negative."""
    moved: Points = points + np.array([0.0, by])
    return moved


def smooth_steps(count: int) -> NDArray[np.float64]:
    """Return (count,) numbers from -1 to 1, denser at both ends, where outlines bend most."""
    return np.asarray(np.sin(np.linspace(-np.pi / 2, np.pi / 2, count)))


def both_sides(points: ArrayLike) -> Points:
    """Return the closed outline that is symmetric about the vertical axis, given its right half from top to bottom."""
    half = np.asarray(points, dtype=np.float64)
    return np.concatenate([half, mirrored(half[::-1])])


class Sheet:
    """A transparent sheet to paint on.

    Attributes:
        planes: (4, height, width) float32, 0 to 255: premultiplied red, green and blue, and the opacity.
    """

    def __init__(self, width: int, height: int, unit: float, origin: tuple[float, float]) -> None:
        """Create an empty sheet.

        Args:
            width: The width in pixels.
            height: The height in pixels.
            unit: The length of one unit of the drawing, in pixels.
            origin: The position of (0, 0) of the drawing, in pixels.
        """
        self.planes: NDArray[np.float32] = np.zeros((4, height, width), np.float32)
        self._unit = unit
        self._origin = np.array(origin)

    def copy(self) -> Sheet:
        """Return an independent sheet with the same content."""
        height, width = self.planes.shape[1:]
        sheet = Sheet(width, height, self._unit, (self._origin[0], self._origin[1]))
        sheet.planes[:] = self.planes
        return sheet

    def mask(self, points: Points) -> NDArray[np.float32]:
        """Return (height, width) float32, 1 inside the outline and 0 outside, for use as `clip`."""
        mask = np.zeros(self.planes.shape[1:], np.uint8)
        _draw(mask, points * self._unit + self._origin)
        return mask.astype(np.float32) / np.float32(255)

    def fill(
        self,
        points: Points,
        colour: Colour,
        opacity: float = 1.0,
        *,
        blur: float = 0.0,
        clip: NDArray[np.float32] | None = None,
    ) -> None:
        """Paint the inside of an outline.

        Args:
            points: The outline, in units.
            colour: The colour of the paint.
            opacity: The opacity of the paint, 0 to 1.
            blur: The softness of the edge: the standard deviation of a Gaussian, in units.
            clip: A `mask` that limits the painted area; None for the whole sheet.
        """
        if opacity <= 0.004:
            return
        at, sigma = points * self._unit + self._origin, blur * self._unit
        margin = 3 * sigma + 2
        height, width = self.planes.shape[1:]
        left, top = np.maximum(np.floor(at.min(axis=0) - margin), 0).astype(int)
        right, bottom = np.minimum(np.ceil(at.max(axis=0) + margin), (width, height)).astype(int)
        if right <= left or bottom <= top:
            return
        mask = _soft_mask(at - (left, top), right - left, bottom - top, sigma)
        cover = mask.astype(np.float32) * (opacity / 255)
        if clip is not None:
            cover *= clip[top:bottom, left:right]
        for plane, value in zip(self.planes, (*colour, 255.0), strict=True):
            part = plane[top:bottom, left:right]
            part += cover * (value - part)

    def stroke(
        self,
        points: Points,
        colour: Colour,
        width: float | Sequence[float] | NDArray[np.float64],
        opacity: float = 1.0,
        *,
        blur: float = 0.0,
        clip: NDArray[np.float32] | None = None,
    ) -> None:
        """Paint along a line.

        Args:
            points: The line, in units.
            colour: The colour of the paint.
            width: The width in units: one for the whole line, or several spread evenly along it.
            opacity: The opacity of the paint, 0 to 1.
            blur: The softness of the edges, as for `fill`.
            clip: A `mask` that limits the painted area; None for the whole sheet.
        """
        steps = np.gradient(points, axis=0)
        normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
        normals /= np.maximum(np.hypot(normals[:, 0], normals[:, 1]), 1e-9)[:, None]
        knots = np.atleast_1d(np.asarray(width, dtype=np.float64))
        widths = np.interp(np.linspace(0, 1, len(points)), np.linspace(0, 1, len(knots)), knots)
        offset = normals * widths[:, None] / 2
        outline = np.concatenate([points + offset, (points - offset)[::-1]])
        self.fill(outline, colour, opacity, blur=blur, clip=clip)

    def lay(self, other: Sheet) -> None:
        """Lay another sheet of the same size over this one."""
        self.planes *= 1 - other.planes[3] / 255
        self.planes += other.planes

    def bgra(self) -> NDArray[np.uint8]:
        """Return (height, width, 4) uint8: premultiplied blue, green and red, and the opacity."""
        rounded = (self.planes + 0.5).astype(np.uint8)
        return np.ascontiguousarray(rounded[[2, 1, 0, 3]].transpose(1, 2, 0))


def _soft_mask(at: Points, width: int, height: int, sigma: float) -> NDArray[np.uint8]:
    # A wide blur leaves no fine detail, so the mask is drawn small: a large Gaussian kernel is slow.
    shrink = max(1, int(sigma / 3))
    mask = np.zeros((height // shrink + 1, width // shrink + 1), np.uint8)
    _draw(mask, at / shrink)
    if sigma > 0.3:
        cv2.GaussianBlur(mask, (0, 0), sigma / shrink, dst=mask, borderType=cv2.BORDER_REPLICATE)
    if shrink > 1:
        mask = np.asarray(cv2.resize(mask, (mask.shape[1] * shrink, mask.shape[0] * shrink)), np.uint8)
    return mask[:height, :width]


def _draw(mask: NDArray[np.uint8], at: Points) -> None:
    fixed = np.round((at - 0.5) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, _SUBPIXEL_BITS)
