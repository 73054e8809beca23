"""The mouth of a drawn face: lips, teeth and tongue.

Units are eye distances; (0, 0) is the midpoint between the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samples.expressions import Features
from samples.paint import Points, Sheet, ellipse, lowered, shade, smooth_steps
from samples.people import Person

MOUTH_Y: Final = 1.03
"""The y at which the lips meet at rest."""

_DARK: Final = (58, 18, 22)


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """The four lines of a mouth, each (N, 2), from left to right.

    Attributes:
        above: The upper edge of the upper lip.
        upper: The lower edge of the upper lip.
        lower: The upper edge of the lower lip.
        below: The lower edge of the lower lip.
    """

    above: Points
    upper: Points
    lower: Points
    below: Points


def mouth(sheet: Sheet, person: Person, face: Features) -> None:
    """Paint the mouth: its inside and the lips."""
    shape = _shape(face)
    if face.mouth_open > 0.01:
        _inside(sheet, shape, face)
    sheet.fill(np.concatenate([shape.lower, shape.below[::-1]]), shade(person.lips, 1.12), blur=0.008)
    sheet.fill(np.concatenate([shape.above, shape.upper[::-1]]), shade(person.lips, 0.82), blur=0.008)
    shine = (shape.lower * 0.45 + shape.below * 0.55)[10:-10]
    sheet.stroke(shine, (255, 226, 220), (0.01, 0.05, 0.01), 0.38, blur=0.02)
    closed = max(0.0, 1 - face.mouth_open / 0.05)
    seam = (0.03, 0.026, 0.02, 0.026, 0.03)
    sheet.stroke(shape.upper, shade(person.lips, 0.33), seam, 0.45 + 0.5 * closed, blur=0.007)
    for side, end in ((-1, shape.upper[0]), (1, shape.upper[-1])):
        sheet.fill(ellipse((end[0] + side * 0.02, end[1]), (0.035, 0.035)), shade(person.skin, 0.45), 0.5, blur=0.022)
    shadow = lowered(shape.below, 0.06)[8:-8]
    sheet.stroke(shadow, shade(person.skin, 0.6), (0.01, 0.09, 0.01), 0.42, blur=0.035)


def _shape(face: Features) -> _Shape:
    u = smooth_steps(41)
    edge = np.abs(u)
    lift = face.mouth_lift + face.mouth_slant * u / 2
    corner = MOUTH_Y - lift * 0.75 + face.mouth_open * 0.32
    top = MOUTH_Y + face.mouth_lift * 0.30 - face.mouth_open * 0.12
    bottom = top + face.mouth_open + 0.004
    upper = top + (corner - top) * edge ** (2 + 5 * face.mouth_square)
    upper += 0.018 * _bump(u, 0.2) - 0.008 * _bump(edge - 0.45, 0.2)
    lower = np.maximum(upper, bottom + (corner - bottom) * edge ** (2.2 + 4 * face.mouth_square))
    bow = 1 - 0.30 * _bump(u, 0.14) + 0.12 * _bump(edge - 0.3, 0.16)
    above = upper - 0.105 * face.lips * (1 - edge**2.2) * bow
    below = lower + 0.150 * face.lips * (1 - edge**2.4)
    x = face.mouth_width * u
    return _Shape(*(np.stack([x, y], axis=1) for y in (above, upper, lower, below)))


def _bump(distance: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    return np.exp(-((distance / width) ** 2))


def _inside(sheet: Sheet, shape: _Shape, face: Features) -> None:
    outline = np.concatenate([shape.upper, shape.lower[::-1]])
    inside = sheet.mask(outline)
    sheet.fill(outline, _DARK)
    tongue = ellipse((0, float(shape.lower[:, 1].max())), (face.mouth_width * 0.62, 0.13))
    shows = min(1.0, max(0.0, face.mouth_open - 0.3) * 8)
    sheet.fill(tongue, (178, 72, 78), 0.85 * shows, blur=0.03, clip=inside)
    _teeth(sheet, shape.upper, face.teeth_upper, inside)
    _teeth(sheet, shape.lower, -face.teeth_lower, inside)
    for end in (shape.upper[0], shape.upper[-1]):
        sheet.fill(ellipse((end[0], end[1]), (0.12, 0.16)), _DARK, 0.6, blur=0.05, clip=inside)
    sheet.stroke(lowered(shape.upper, 0.02), _DARK, 0.05, 0.4, blur=0.02, clip=inside)


def _teeth(sheet: Sheet, lip: Points, height: float, inside: NDArray[np.float32]) -> None:
    """Paint a row of teeth along a lip, downwards by `height`, or upwards where it is negative."""
    if abs(height) < 0.005:
        return
    sheet.fill(np.concatenate([lip, lowered(lip, height)[::-1]]), (246, 242, 234), blur=0.008, clip=inside)
    for x in np.linspace(-0.85, 0.85, 9) * lip[-1, 0]:
        y = float(np.interp(x, lip[:, 0], lip[:, 1]))
        gap = np.array([(x, y), (x, y + height * 0.9)])
        sheet.stroke(gap, (150, 130, 124), 0.008, 0.4, blur=0.004, clip=inside)
