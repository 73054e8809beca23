"""A head-and-shoulders portrait: body, head and hair, with the features in their places.

Units are eye distances; (0, 0) is the midpoint between the eyes. Light falls from the upper left.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from samples import features, hair
from samples.expressions import Features
from samples.paint import Points, Sheet, both_sides, curve, ellipse, lowered, mirrored, mix, shade
from samples.people import Person

LEFT: Final = -3.1
TOP: Final = -2.6
WIDTH: Final = 6.2
HEIGHT: Final = 8.2

_CHIN: Final = 1.69


def portrait(person: Person, face: Features, blink: float, unit: int) -> Sheet:
    """Paint a person.

    Args:
        person: The person.
        face: The expression.
        blink: 0 for open eyes, 1 for closed ones.
        unit: The distance between the eyes, in pixels.

    Returns:
        A sheet of `WIDTH` by `HEIGHT` units whose top left corner is at (`LEFT`, `TOP`).
    """
    sheet = _body(person, unit).copy()
    _head(sheet, person, face.jaw)
    features.folds(sheet, person, face)
    features.nose(sheet, person, face)
    for side in (-1, 1):
        features.eye(sheet, person, face, side, blink)
        features.brow(sheet, person, face, side)
    features.mouth(sheet, person, face)
    sheet.lay(_front_hair(person, unit))
    return sheet


# The parts that no expression moves are painted once for each person and size.


@lru_cache(maxsize=8)
def _body(person: Person, unit: int) -> Sheet:
    sheet = _blank(unit)
    hair.behind(sheet, person)
    _neck(sheet, person)
    _torso(sheet, person)
    for side, light in ((-1, 0.9), (1, 0.78)):
        x = side * 1.13 * person.width
        sheet.fill(ellipse((x, 0.24), (0.17, 0.36)), shade(person.skin, light))
        sheet.fill(ellipse((x + side * 0.01, 0.22), (0.09, 0.23)), shade(person.skin, 0.55), 0.6, blur=0.04)
    hair.locks(sheet, person)
    return sheet


@lru_cache(maxsize=8)
def _front_hair(person: Person, unit: int) -> Sheet:
    sheet = _blank(unit)
    hair.before(sheet, person)
    return sheet


def _blank(unit: int) -> Sheet:
    return Sheet(round(WIDTH * unit), round(HEIGHT * unit), unit, (-LEFT * unit, -TOP * unit))


def _neck(sheet: Sheet, person: Person) -> None:
    outline = curve(both_sides([(0.58, 0.9), (0.56, 1.6), (0.62, 2.05), (0.70, 2.34), (0.5, 2.95)]), closed=True)
    sheet.fill(outline, shade(person.skin, 0.88))
    inside = sheet.mask(outline)
    sheet.fill(ellipse((0.12, 1.62), (0.9, 0.52)), shade(person.skin, 0.45), 0.75, blur=0.13, clip=inside)


def _torso(sheet: Sheet, person: Person) -> None:
    shirt = person.shirt
    neckline = curve([(-0.74, 2.30), (-0.46, 2.66), (0, 2.82), (0.46, 2.66), (0.74, 2.30)])
    shoulder = curve([(0.74, 2.30), (1.2, 2.50), (1.9, 2.72), (2.4, 3.08), (2.64, 3.8), (2.75, TOP + HEIGHT + 1)])
    outline = np.concatenate([neckline, shoulder, mirrored(shoulder)[::-1]])
    sheet.fill(outline, shirt)
    inside = sheet.mask(outline)
    sheet.fill(ellipse((-0.9, 3.6), (1.1, 1.2)), shade(shirt, 1.3), 0.5, blur=0.5, clip=inside)
    for x, opacity in ((2.9, 0.7), (-2.95, 0.45)):
        sheet.fill(ellipse((x, 4.6), (0.7, 2.2)), shade(shirt, 0.55), opacity, blur=0.3, clip=inside)
    sheet.stroke(lowered(neckline, 0.13), shade(shirt, 0.5), 0.14, 0.5, blur=0.06, clip=inside)
    sheet.stroke(lowered(neckline, 0.05), shade(shirt, 0.84), 0.12, clip=inside)
    sheet.stroke(lowered(neckline, 0.03), shade(shirt, 1.2), 0.03, 0.7, blur=0.015, clip=inside)


def _head(sheet: Sheet, person: Person, jaw: float) -> None:
    outline = _head_outline(person, jaw)
    sheet.fill(outline, person.skin)
    inside, skin, chin = sheet.mask(outline), person.skin, _CHIN + jaw
    _light(sheet, skin, chin, inside)
    for x, opacity in ((1.28, 0.75), (-1.34, 0.5)):
        sheet.fill(ellipse((x, 0.5), (0.42, 1.6)), shade(skin, 0.6), opacity, blur=0.2, clip=inside)
    sheet.fill(ellipse((0.1, chin + 0.14), (1.0, 0.3)), shade(skin, 0.62), 0.6, blur=0.14, clip=inside)
    for side in (-1, 1):
        blush = mix(skin, (226, 96, 84), 0.6)
        sheet.fill(ellipse((side * 0.66, 0.62), (0.26, 0.2)), blush, 0.28, blur=0.13, clip=inside)
        sheet.fill(ellipse((side * 0.95, 1.0), (0.25, 0.3)), shade(skin, 0.66), 0.3, blur=0.14, clip=inside)


def _head_outline(person: Person, jaw: float) -> Points:
    half = [
        (0.0, -1.72), (0.55, -1.58), (0.95, -1.10), (1.10, -0.50), (1.12, 0.10), (1.05, 0.65), (0.86, 1.14 + jaw * 0.4),
        (0.55, 1.52 + jaw * 0.85), (0.22, _CHIN + jaw),
    ]  # fmt: skip
    return curve(both_sides([(x * person.width, y) for x, y in half])[1:], closed=True)


def _light(sheet: Sheet, skin: tuple[float, float, float], chin: float, inside: NDArray[np.float32]) -> None:
    sheet.fill(ellipse((-0.25, 0.0), (0.75, 1.3)), shade(skin, 1.22), 0.55, blur=0.35, clip=inside)
    sheet.fill(ellipse((-0.2, -0.78), (0.5, 0.26)), shade(skin, 1.4), 0.45, blur=0.18, clip=inside)
    sheet.fill(ellipse((-0.66, 0.34), (0.24, 0.14)), shade(skin, 1.4), 0.5, blur=0.12, clip=inside)
    sheet.fill(ellipse((0.66, 0.34), (0.24, 0.14)), shade(skin, 1.4), 0.3, blur=0.12, clip=inside)
    sheet.fill(ellipse((-0.06, chin - 0.24), (0.2, 0.12)), shade(skin, 1.35), 0.4, blur=0.09, clip=inside)
