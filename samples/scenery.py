"""Backgrounds of the clips, in soft focus, painted once for each size."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.paint import Colour, Sheet, curve, ellipse, mix, shade

Image = NDArray[np.uint8]
Scenery = Callable[[int, int, float], Image]
"""Takes width, height and time in seconds, and returns (height, width, 3) uint8, blue green red."""


def hills(width: int, height: int, time: float) -> Image:
    """Return hills by a lake, with drifting clouds."""
    sheet = _hills(width, height).copy()
    wide = width / height
    for x, y, size in ((0.25, 0.16, 0.11), (0.95, 0.26, 0.08), (1.5, 0.12, 0.13)):
        at = (x + 0.05 * time) % (wide + 0.6) - 0.3
        for dx, dy, part in ((-1.1, 0.2, 0.6), (-0.4, -0.15, 0.9), (0.45, -0.05, 1.0), (1.2, 0.22, 0.6)):
            puff = ellipse((at + dx * size, y + dy * size), (part * size, part * size * 0.55))
            sheet.fill(puff, (255, 252, 246), 0.75, blur=0.02)
    return _photograph(sheet, 0.002)


@lru_cache(maxsize=4)
def room(width: int, height: int) -> Image:
    """Return a living room: a warm wall, a window, books and a plant."""
    sheet, wide = _wall(width, height, (238, 214, 180), (196, 164, 136))
    pane = _rectangle(wide * 0.04, 0.07, wide * 0.27, 0.66)
    sheet.fill(_rectangle(wide * 0.03, 0.05, wide * 0.28, 0.68), (250, 244, 232), blur=0.004)
    sheet.fill(pane, (170, 206, 224))
    view = sheet.mask(pane)
    sheet.fill(ellipse((wide * 0.10, 0.66), (0.26, 0.22)), (120, 160, 104), blur=0.03, clip=view)
    sheet.fill(ellipse((wide * 0.24, 0.70), (0.22, 0.30)), (96, 142, 92), blur=0.03, clip=view)
    sheet.fill(_rectangle(wide * 0.15, 0.05, wide * 0.16, 0.68), (250, 244, 232))
    sheet.fill(_rectangle(wide * 0.03, 0.36, wide * 0.28, 0.375), (250, 244, 232))
    sheet.fill(ellipse((wide * 0.32, 0.5), (0.5, 0.6)), (255, 240, 206), 0.35, blur=0.2)
    _shelf(sheet, wide * 0.46, wide * 0.74, 0.28)
    _plant(sheet, wide * 0.93, 0.80)
    sheet.fill(_rectangle(0, 0.90, wide, 1.0), (150, 104, 76), blur=0.01)
    return _photograph(sheet, 0.011)


@lru_cache(maxsize=4)
def garden(width: int, height: int) -> Image:
    """Return a garden on a summer day."""
    sheet, wide = _wall(width, height, (178, 212, 226), (206, 220, 196))
    random = np.random.default_rng(5)
    for depth, base, green in ((0, 0.52, (150, 184, 140)), (1, 0.68, (118, 162, 104)), (2, 0.86, (92, 140, 84))):
        for x in np.linspace(-0.1, wide + 0.1, 9):
            radius = random.uniform(0.14, 0.24)
            sheet.fill(ellipse((x, base + random.uniform(-0.05, 0.05)), (radius * 1.2, radius)), green, 0.9, blur=0.03)
        sheet.fill(_rectangle(-0.1, base + 0.05, wide + 0.1, 1.1), shade(green, 0.96 - 0.03 * depth), blur=0.03)
    for _ in range(26):
        spot = ellipse((random.uniform(0, wide), random.uniform(0.35, 1.0)), (0.022, 0.022))
        colour = ((250, 226, 150), (244, 190, 180), (255, 250, 236))[int(random.integers(3))]
        sheet.fill(spot, colour, random.uniform(0.25, 0.6), blur=0.003)
    return _photograph(sheet, 0.009)


@lru_cache(maxsize=4)
def _hills(width: int, height: int) -> Sheet:
    sheet, wide = _wall(width, height, (120, 178, 222), (242, 226, 196))
    sheet.fill(ellipse((wide * 0.72, 0.40), (0.16, 0.16)), (255, 240, 190), 0.8, blur=0.08)
    ranges: tuple[tuple[float, Colour], ...] = ((0.52, (146, 168, 186)), (0.60, (110, 146, 138)), (0.69, (88, 132, 92)))
    for number, (y, colour) in enumerate(ranges):
        x = np.linspace(-0.1, wide + 0.1, 40)
        ridge = y + 0.05 * np.sin(2.1 * x + 1.9 * number) + 0.022 * np.sin(5.3 * x + number)
        outline = np.concatenate([np.stack([x, ridge], axis=1), [(wide + 0.1, 1.1), (-0.1, 1.1)]])
        sheet.fill(outline, colour, blur=0.002)
    sheet.fill(_rectangle(-0.1, 0.84, wide + 0.1, 1.1), (132, 180, 206), blur=0.004)
    for y in (0.875, 0.92, 0.965):
        sheet.stroke(
            curve([(0, y), (wide * 0.4, y + 0.006), (wide, y - 0.004)]), (214, 232, 236), 0.006, 0.6, blur=0.003
        )
    for share in (0.10, 0.17, 0.86, 0.93, 0.97):
        _fir(sheet, wide * share)
    return sheet


def _wall(width: int, height: int, above: Colour, below: Colour) -> tuple[Sheet, float]:
    """Return a sheet in units of its height, filled with a gradient from `above` to `below`, and its width."""
    sheet = Sheet(width, height, height, (0.0, 0.0))
    share = np.linspace(0, 1, height)[:, None]
    for plane, top, bottom in zip(sheet.planes, (*above, 255.0), (*below, 255.0), strict=True):
        plane[:] = top + (bottom - top) * share
    return sheet, width / height


def _rectangle(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _fir(sheet: Sheet, x: float) -> None:
    sheet.fill(_rectangle(x - 0.006, 0.78, x + 0.006, 0.86), (86, 66, 52))
    for y, half in ((0.80, 0.045), (0.755, 0.036), (0.715, 0.026)):
        sheet.fill(np.array([(x - half, y), (x, y - 0.075), (x + half, y)]), (52, 96, 70), blur=0.002)


def _shelf(sheet: Sheet, left: float, right: float, y: float) -> None:
    random = np.random.default_rng(11)
    covers: tuple[Colour, ...] = ((176, 92, 76), (90, 124, 138), (214, 176, 104), (120, 140, 104), (226, 214, 196))
    x = left + 0.04
    while x < right - 0.10:
        thick, tall = random.uniform(0.02, 0.042), random.uniform(0.11, 0.17)
        sheet.fill(_rectangle(x, y - tall, x + thick, y), covers[int(random.integers(len(covers)))], 0.9)
        x += thick + 0.004
    sheet.fill(_rectangle(left, y, right, y + 0.022), (140, 98, 70))
    sheet.fill(_rectangle(left, y + 0.022, right, y + 0.06), (120, 88, 66), 0.3, blur=0.02)


def _plant(sheet: Sheet, x: float, y: float) -> None:
    for angle in np.linspace(-2.75, -0.4, 9):
        tip = np.array([x + 0.34 * np.cos(angle), y + 0.44 * np.sin(angle)])
        middle = np.array([x + 0.16 * np.cos(angle) * 0.8, y + 0.26 * np.sin(angle)])
        green = mix((66, 118, 78), (124, 164, 96), (np.sin(angle * 5) + 1) / 2)
        sheet.stroke(curve(np.array([(x, y), middle, tip])), green, (0.02, 0.075, 0.01), blur=0.003)
    sheet.fill(
        np.array([(x - 0.10, y - 0.02), (x + 0.10, y - 0.02), (x + 0.075, y + 0.16), (x - 0.075, y + 0.16)]),
        (202, 128, 96),
    )


def _photograph(sheet: Sheet, blur: float) -> Image:
    """Return the image on an opaque sheet, blue green red, with a Gaussian blur (standard deviation in heights)."""
    picture = np.ascontiguousarray(sheet.bgra()[..., :3])
    cv2.GaussianBlur(picture, (0, 0), max(0.5, blur * picture.shape[0]), dst=picture)
    return picture


SCENERIES: Final[dict[str, Scenery]] = {
    "room": lambda width, height, _: room(width, height),
    "garden": lambda width, height, _: garden(width, height),
    "hills": hills,
}
"""All backgrounds, by name."""
