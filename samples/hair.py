"""Hair in the styles of the people in the clips: the parts behind the head and those in front of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from samples.paint import Points, Sheet, both_sides, curve, ellipse, lowered, shade
from samples.people import Person

_OUTER: Final = {
    "long": [
        (-1.24, 0.95), (-1.36, 0.2), (-1.36, -0.6), (-1.08, -1.5), (-0.4, -1.98), (0.4, -1.98), (1.08, -1.5),
        (1.36, -0.6), (1.36, 0.2), (1.24, 0.95),
    ],
    "short": [
        (-1.13, 0.16), (-1.2, -0.5), (-1.1, -1.3), (-0.62, -1.86), (0.1, -2.02), (0.72, -1.88), (1.12, -1.3),
        (1.2, -0.5), (1.13, 0.16),
    ],
    "bun": [
        (-1.13, 0.25), (-1.22, -0.7), (-0.98, -1.5), (-0.36, -1.88), (0.36, -1.88), (0.98, -1.5), (1.22, -0.7),
        (1.13, 0.25),
    ],
}  # fmt: skip
_HAIRLINE: Final = {
    "long": [
        (1.24, 0.95), (1.09, 0.3), (1.04, -0.3), (0.82, -0.82), (0.3, -1.2), (-0.12, -1.5), (-0.6, -1.1), (-0.98, -0.5),
        (-1.09, 0.3), (-1.24, 0.95),
    ],
    "short": [
        (1.12, 0.16), (1.06, -0.25), (0.98, -0.62), (0.82, -0.98), (0.36, -1.24), (-0.3, -1.3), (-0.8, -1.04),
        (-0.98, -0.62), (-1.06, -0.25), (-1.12, 0.16),
    ],
    "bun": [
        (1.12, 0.25), (1.0, -0.5), (0.8, -1.02), (0.3, -1.32), (-0.3, -1.32), (-0.8, -1.02), (-1.0, -0.5),
        (-1.12, 0.25),
    ],
}  # fmt: skip


def behind(sheet: Sheet, person: Person) -> None:
    """Paint the hair behind head and neck."""
    dark = shade(person.hair, 0.62)
    if person.hairstyle == "long":
        half = [(0, -2.0), (0.8, -1.84), (1.32, -1.1), (1.46, 0.0), (1.5, 1.2), (1.62, 2.3), (1.5, 3.1), (0.9, 3.2)]
        sheet.fill(curve(both_sides(half)[1:], closed=True), dark)
    elif person.hairstyle == "bun":
        sheet.fill(ellipse((0.1, -2.02), (0.52, 0.44)), person.hair)
        sheet.fill(ellipse((-0.05, -2.16), (0.28, 0.16)), shade(person.hair, 1.3), 0.7, blur=0.1)
        sheet.fill(ellipse((0.22, -1.84), (0.4, 0.14)), dark, 0.8, blur=0.08)
    elif person.hairstyle == "curly":
        for index, angle in enumerate(np.linspace(np.pi * 0.94, np.pi * 2.06, 17)):
            reach = 1.24 + 0.06 * np.sin(index * 2.3)
            centre = (reach * np.cos(angle) * person.width, -0.62 + 1.22 * np.sin(angle))
            sheet.fill(ellipse(centre, (0.30, 0.29)), dark)


def locks(sheet: Sheet, person: Person) -> None:
    """Paint the hair that falls in front of the shoulders, if it is long."""
    if person.hairstyle != "long":
        return
    half = [
        (1.1, -0.4), (1.4, 0.4), (1.48, 1.4), (1.62, 2.4), (1.42, 3.3), (1.0, 3.35), (0.98, 2.5), (1.02, 1.6),
        (1.0, 0.6),
    ]  # fmt: skip
    for side, light in ((-1, 0.95), (1, 0.8)):
        lock = curve(np.array(half) * (side, 1), closed=True)
        sheet.fill(lock, shade(person.hair, light))
        inside = sheet.mask(lock)
        sheet.fill(ellipse((side * 1.02, 1.7), (0.16, 1.4)), shade(person.hair, 0.5), 0.7, blur=0.1, clip=inside)
        for shift in (0.0, 0.16, 0.3):
            path = [(side * (1.2 + shift * 0.6), -0.2), (side * (1.18 + shift), 1.4), (side * (1.1 + shift), 3.2)]
            bright = shade(person.hair, 1.35)
            sheet.stroke(curve(path), bright, (0.02, 0.06, 0.01), 0.4, blur=0.03, clip=inside)


def before(sheet: Sheet, person: Person) -> None:
    """Paint the hair that frames the face."""
    if person.hairstyle == "curly":
        _curls(sheet, person)
        return
    scale = (person.width, 1.0)
    hairline = curve(_HAIRLINE[person.hairstyle]) * scale
    shape = np.concatenate([curve(_OUTER[person.hairstyle]) * scale, hairline])
    sheet.stroke(lowered(hairline, 0.04), shade(person.skin, 0.5), (0.02, 0.12, 0.02), 0.45, blur=0.05)
    sheet.fill(shape, person.hair, blur=0.008)
    _gloss(sheet, person, shape)


def _gloss(sheet: Sheet, person: Person, shape: Points) -> None:
    inside = sheet.mask(shape)
    dark, bright = shade(person.hair, 0.5), shade(person.hair, 1.35)
    sheet.fill(ellipse((1.2, -0.8), (0.35, 0.9)), dark, 0.6, blur=0.15, clip=inside)
    sheet.fill(ellipse((-1.3, -0.5), (0.2, 0.7)), dark, 0.5, blur=0.12, clip=inside)
    crown = curve([(-0.95, -1.2), (-0.5, -1.62), (0.1, -1.74), (0.6, -1.62)])
    sheet.stroke(crown, bright, (0.05, 0.2, 0.05), 0.55, blur=0.09, clip=inside)
    random = np.random.default_rng(len(person.name))
    for start in np.linspace(-0.9, 0.9, 13):
        lean = start * 1.35 + random.uniform(-0.05, 0.05)
        strand = curve([(start * 0.25 - 0.1, -1.95), (start * 0.85, -1.6), (lean, -0.7)])
        light = 1.3 if random.random() < 0.5 else 0.6
        sheet.stroke(strand, shade(person.hair, light), (0.01, 0.04, 0.01), 0.35, blur=0.02, clip=inside)


def _curls(sheet: Sheet, person: Person) -> None:
    random = np.random.default_rng(3)
    for reach, first in ((1.2, 0.92), (1.0, 1.11)):
        for angle in np.linspace(np.pi * first, np.pi * (3 - first), 15):
            x = reach * 1.06 * np.cos(angle) * person.width
            y = -0.52 + reach * 1.04 * np.sin(angle) + random.uniform(-0.04, 0.04)
            sheet.fill(ellipse((x, y), (0.25, 0.23)), shade(person.hair, random.uniform(0.8, 1.02)), blur=0.006)
            sheet.fill(ellipse((x - 0.06, y - 0.07), (0.1, 0.07)), shade(person.hair, 1.25), 0.5, blur=0.05)
