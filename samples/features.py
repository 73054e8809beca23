"""The features of a drawn face: eyes, brows, folds and nose. The mouth has a module of its own.

Units are eye distances; (0, 0) is the midpoint between the eyes. Light falls from the upper left.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from samples.expressions import Features
from samples.mouth import MOUTH_Y, mouth
from samples.paint import Points, Sheet, curve, ellipse, lowered, mix, shade, smooth_steps
from samples.people import Person

__all__ = ["brow", "eye", "folds", "mouth", "nose"]

_EYE_HALF: Final = 0.265
_IRIS_Y: Final = -0.03


def eye(sheet: Sheet, person: Person, face: Features, side: int, blink: float) -> None:
    """Paint one eye.

    Args:
        sheet: The sheet to paint on.
        person: The person.
        face: The expression.
        side: -1 for the eye on the left of the picture, 1 for the one on the right.
        blink: 0 for open, 1 for closed.
    """
    upper, lower = _lids(face, side, blink)
    socket = shade(person.skin, 0.66)
    sheet.fill(ellipse((side * 0.47, -0.13), (0.33, 0.16)), socket, 0.42, blur=0.07)
    sheet.fill(ellipse((side * 0.25, -0.08), (0.09, 0.18)), socket, 0.5, blur=0.06)
    sheet.fill(ellipse((side * 0.5, 0.15), (0.26, 0.06)), socket, 0.38, blur=0.05)
    _eyeball(sheet, person, upper, lower, side * 0.5)

    sheet.stroke(lower, shade(person.skin, 0.55), (0.012, 0.022, 0.012), 0.65, blur=0.006)
    sheet.stroke(lowered(lower, 0.03), shade(person.skin, 1.3), 0.02, 0.35, blur=0.012)
    lashes = mix(person.brows, (18, 14, 16), 0.7)
    widths = np.array([0.018, 0.05, 0.03][::side]) * (0.6 + 0.4 * person.lashes)
    sheet.stroke(upper, lashes, widths, 0.9, blur=0.006)
    fold = lowered(upper[4:-4], -0.075)
    sheet.stroke(fold, shade(person.skin, 0.5), (0.004, 0.024, 0.004), 0.6 * (1 - blink), blur=0.01)


def _lids(face: Features, side: int, blink: float) -> tuple[Points, Points]:
    """Return the edges of the upper and the lower lid, each (N, 2), from left to right."""
    u = smooth_steps(41)
    inward, edge = -u * side, np.abs(u)
    rest = 0.028 * blink  # closed lids meet a little below the middle
    opening = (face.lid_upper * (1 - blink)) ** 0.9
    slant = face.lid_slant * (1 - blink) * (0.5 + 0.5 * inward) * (1 - edge**6)
    upper = 0.03 * inward + rest - 0.132 * opening * (1 - edge**2.3) + slant
    lower = 0.03 * inward + (0.082 * (1 - face.lid_lower) * (1 - blink) + rest) * (1 - edge**2.6)
    x = side * 0.5 + _EYE_HALF * u
    return np.stack([x, np.minimum(upper, lower)], axis=1), np.stack([x, lower], axis=1)


def _eyeball(sheet: Sheet, person: Person, upper: Points, lower: Points, x: float) -> None:
    outline = np.concatenate([upper, lower[::-1]])
    inside = sheet.mask(outline)
    sheet.fill(outline, (226, 220, 216))
    for corner in (x - _EYE_HALF, x + _EYE_HALF):
        sheet.fill(ellipse((corner, 0.0), (0.09, 0.12)), (120, 92, 88), 0.6, blur=0.04, clip=inside)
    rim, bright = mix(person.iris, (14, 10, 10), 0.65), shade(person.iris, 1.5)
    sheet.fill(ellipse((x, _IRIS_Y), (0.128, 0.128)), rim, blur=0.006, clip=inside)
    sheet.fill(ellipse((x, _IRIS_Y), (0.108, 0.108)), person.iris, 0.95, blur=0.014, clip=inside)
    sheet.fill(ellipse((x, _IRIS_Y + 0.05), (0.07, 0.045)), bright, 0.6, blur=0.02, clip=inside)
    sheet.fill(ellipse((x, _IRIS_Y), (0.055, 0.055)), (12, 10, 12), blur=0.005, clip=inside)
    sheet.stroke(lowered(upper, 0.035), (50, 36, 36), 0.09, 0.6, blur=0.02, clip=inside)
    gleam = ellipse((x - 0.045, _IRIS_Y - 0.05), (0.026, 0.026))
    sheet.fill(gleam, (255, 255, 255), 0.95, blur=0.005, clip=inside)


def brow(sheet: Sheet, person: Person, face: Features, side: int) -> None:
    """Paint one brow; `side` as for `eye`."""
    inner, outer, pinch = face.brow_inner, face.brow_outer, face.brow_pinch
    half = [
        (0.22 - pinch, -0.33 - inner),
        (0.40 - pinch * 0.6, -0.375 - inner * 0.75 - outer * 0.25),
        (0.64, -0.40 - inner * 0.25 - outer * 0.8),
        (0.88, -0.28 - outer),
    ]
    path = curve(np.array(half) * (side, 1))
    sheet.stroke(lowered(path, 0.07), shade(person.skin, 0.72), (0.05, 0.1, 0.04), 0.35, blur=0.04)
    widths = np.array([0.05, 0.10, 0.09, 0.02]) * person.brow_weight
    sheet.stroke(path, mix(person.brows, person.skin, 0.15), widths, 0.9, blur=0.016)
    sheet.stroke(lowered(path[3:-5], 0.008), person.brows, widths * 0.5, 0.7, blur=0.012)


def folds(sheet: Sheet, person: Person, face: Features) -> None:
    """Paint the folds of an expression: on the forehead, between the brows, from nose to mouth, on cheeks and chin."""
    dark, light = shade(person.skin, 0.5), shade(person.skin, 1.35)
    for y, half in ((-0.86, 0.55), (-0.73, 0.62), (-1.0, 0.42)):
        line = curve([(-half, y - 0.01), (-half * 0.4, y - 0.06), (half * 0.4, y - 0.06), (half, y - 0.01)])
        sheet.stroke(line, dark, (0.005, 0.028, 0.005), 0.55 * face.forehead, blur=0.012)
        sheet.stroke(lowered(line, 0.035), light, (0.005, 0.03, 0.005), 0.3 * face.forehead, blur=0.015)
    for side in (-1, 1):
        line = curve([(side * 0.085, -0.42), (side * 0.065, -0.28), (side * 0.10, -0.14)])
        sheet.stroke(line, dark, (0.01, 0.045, 0.01), 0.75 * face.furrow, blur=0.014)
        _wrinkles(sheet, person, face, side)
        _cheek(sheet, person, face, side)
    y = MOUTH_Y + 0.34 + 0.7 * face.jaw
    dimple = curve([(-0.2, y + 0.03), (0, y - 0.03), (0.2, y + 0.03)])
    sheet.stroke(dimple, dark, (0.01, 0.06, 0.01), 0.5 * face.chin, blur=0.02)


def _wrinkles(sheet: Sheet, person: Person, face: Features, side: int) -> None:
    for y in (-0.02, 0.12, 0.26):
        line = curve(np.array([(0.05, y - 0.05), (0.14, y - 0.03), (0.2, y + 0.05)]) * (side, 1))
        sheet.stroke(line, shade(person.skin, 0.45), (0.01, 0.05, 0.01), 0.7 * face.wrinkle, blur=0.014)


def _cheek(sheet: Sheet, person: Person, face: Features, side: int) -> None:
    wing, corner, smile = 0.30 + face.nostril, max(face.mouth_width, 0.36), max(face.mouth_lift, 0.0)
    half = [
        (wing, 0.50),
        (wing + 0.14, 0.68),
        (corner + 0.11, 0.90 - 0.3 * smile),
        (corner + 0.13, 1.10 - 0.2 * face.mouth_lift),
    ]
    fold = curve(np.array(half) * (side, 1))
    sheet.stroke(fold, shade(person.skin, 0.5), (0.02, 0.05, 0.05, 0.01), 0.55 * face.cheek, blur=0.022)
    sheet.fill(ellipse((side * 0.68, 0.50), (0.24, 0.18)), shade(person.skin, 1.35), 2.0 * smile, blur=0.09)
    sheet.fill(ellipse((side * 0.68, 0.60), (0.26, 0.20)), (230, 110, 96), smile, blur=0.1)


def nose(sheet: Sheet, person: Person, face: Features) -> None:
    """Paint the nose."""
    skin, wing = person.skin, 0.25 + face.nostril
    shadow = curve([(0.06, -0.1), (0.13, 0.3), (0.24, 0.56), (0.1, 0.62), (0.05, 0.3)], closed=True)
    sheet.fill(shadow, shade(skin, 0.66), 0.42, blur=0.05)
    bridge = curve([(-0.01, -0.12), (-0.02, 0.2), (-0.02, 0.5)])
    sheet.stroke(bridge, shade(skin, 1.4), (0.05, 0.09, 0.12), 0.45, blur=0.04)
    sheet.fill(ellipse((-0.03, 0.50), (0.11, 0.09)), shade(skin, 1.5), 0.5, blur=0.045)
    sheet.fill(ellipse((0, 0.74), (0.24, 0.05)), shade(skin, 0.6), 0.35, blur=0.04)
    for side, opacity in ((-1, 0.55), (1, 0.75)):
        rim = curve(np.array([(wing - 0.06, 0.44), (wing, 0.53), (wing - 0.01, 0.61), (0.17, 0.64)]) * (side, 1))
        sheet.stroke(rim, shade(skin, 0.5), (0.008, 0.035, 0.02), opacity, blur=0.012)
        hole = ellipse((side * (0.125 + face.nostril * 0.6), 0.625), (0.07 + face.nostril * 0.5, 0.032))
        sheet.fill(hole, shade(skin, 0.28), 0.8, blur=0.014)
    base = curve([(-0.15, 0.645), (0, 0.685), (0.15, 0.645)])
    sheet.stroke(base, shade(skin, 0.45), (0.01, 0.025, 0.01), 0.6, blur=0.01)
