"""Plates: translucent pictures with round corners and text on them, made once and blended into frame after frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import colour
from fervid.draw import text
from fervid.draw.layout import Rect, Style

Bgr = tuple[int, int, int]

WHITE: Bgr = (255, 255, 255)
DARK: Bgr = (24, 20, 18)
DIM: Bgr = (196, 192, 190)
_TRACK: Bgr = (120, 116, 114)
# How much of the picture a plate hides: enough for white text on a white wall.
_COVER = 0.72


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A picture with transparency.

    Attributes:
        light: (height, width, 3) uint8, what it adds: its colour times its cover.
        passes: (height, width, 3) uint8, what it lets through of the picture below, of 255.
    """

    light: NDArray[np.uint8]
    passes: NDArray[np.uint8]

    def blend(self, image: NDArray[np.uint8], x: int, y: int) -> None:
        """Lay it over `image`, its top left corner at (`x`, `y`); all of it must lie inside."""
        height, width = self.light.shape[:2]
        below = image[y : y + height, x : x + width]
        cv2.multiply(below, self.passes, dst=below, scale=1 / 255)
        cv2.add(below, self.light, dst=below)


class _Canvas:
    """A plate in the making."""

    def __init__(self, width: int, height: int) -> None:
        self._light = np.zeros((height, width, 3), np.float32)
        self._cover = np.zeros((height, width, 1), np.float32)

    def lay(self, mask: NDArray[np.uint8], x: int, y: int, ink: Bgr, strength: float = 1.0) -> None:
        """Lay `ink` over it wherever `mask` covers."""
        height, width = mask.shape
        cover = (mask[..., None] / np.float32(255)) * np.float32(strength)
        light, under = self._light[y : y + height, x : x + width], self._cover[y : y + height, x : x + width]
        light[:] = light * (1 - cover) + np.array(ink, np.float32) * cover
        under[:] = under + cover - under * cover

    def plate(self) -> Plate:
        passes = np.repeat(np.rint(255 * (1 - self._cover)), 3, axis=2)
        return Plate(np.rint(self._light).astype(np.uint8), passes.astype(np.uint8))


def bgr(emotion: str) -> Bgr:
    """The blue, green and red of `emotion`."""
    red, green, blue = colour(emotion)
    return blue, green, red


@lru_cache(maxsize=64)
def label(style: Style, face_id: int, emotion: str, size: tuple[int, int]) -> Plate:
    """A face's number on its emotion's colour, then the emotion, and room for the confidence."""
    width, height = size
    tab = style.tab_width(face_id)
    canvas = _Canvas(width, height)
    shape = _rounded(width, height, style.gap)
    canvas.lay(shape, 0, 0, DARK, _COVER)
    canvas.lay(shape[:, :tab], 0, 0, bgr(emotion))
    number = text.mask(str(face_id), style.small_text)
    canvas.lay(number, (tab - number.shape[1]) // 2, (height - number.shape[0]) // 2, DARK)
    canvas.lay(text.mask(emotion, style.text), tab + style.gap, _middle(style, size), WHITE)
    return canvas.plate()


@lru_cache(maxsize=128)
def percentage(style: Style, percent: int, size: tuple[int, int]) -> tuple[Plate, int, int]:
    """The confidence, to be laid over a label of this size at its right end, and where in the label."""
    covered = text.mask(f"{percent} %", style.text)
    return _ink(covered, DIM), size[0] - style.gap - covered.shape[1], _middle(style, size)


@lru_cache(maxsize=16)
def panel(style: Style, classes: tuple[str, ...]) -> Plate:
    """The class names with an empty track for each bar."""
    width, height = style.panel_size(classes)
    canvas = _Canvas(width, height)
    canvas.lay(_rounded(width, height, style.gap), 0, 0, DARK, _COVER)
    for name, track in zip(classes, tracks(style, classes), strict=True):
        x, y = _name_at(style, classes, name)
        canvas.lay(text.mask(name, style.small_text), x, y, DIM)
        canvas.lay(np.full((track.height, track.width), 255, np.uint8), track.x, track.y, _TRACK, 0.45)
    return canvas.plate()


@lru_cache(maxsize=64)
def bright_name(style: Style, classes: tuple[str, ...], name: str) -> tuple[Plate, int, int]:
    """The name of the foremost class, to be laid over its dim one, and where in the panel."""
    return (_ink(text.mask(name, style.small_text), WHITE), *_name_at(style, classes, name))


@lru_cache(maxsize=16)
def tracks(style: Style, classes: tuple[str, ...]) -> tuple[Rect, ...]:
    """Where in a panel the bars run, one a class."""
    thick = max(3, round(style.small_text * 0.45))
    x = style.names_width(classes) + 3 * style.gap
    return tuple(
        Rect(x, style.gap + place * style.row + (style.row - thick) // 2, style.bar, thick)
        for place in range(len(classes))
    )


@lru_cache(maxsize=256)
def words(line: str, size: int, ink: Bgr = WHITE) -> Plate:
    """Text alone, without a ground, at `size` pixels to the em."""
    return _ink(text.mask(line, size), ink)


@lru_cache(maxsize=32)
def ground(width: int, height: int, radius: int = 0) -> Plate:
    """A dark field for what stands on it."""
    canvas = _Canvas(width, height)
    canvas.lay(_rounded(width, height, radius), 0, 0, DARK, _COVER)
    return canvas.plate()


def _name_at(style: Style, classes: Sequence[str], name: str) -> tuple[int, int]:
    """Right-aligned before the tracks, so that the eye runs straight down."""
    x = style.gap + style.names_width(classes) - text.width(name, style.small_text)
    return x, style.gap + classes.index(name) * style.row + (style.row - text.height(style.small_text)) // 2


def _middle(style: Style, label_size: tuple[int, int]) -> int:
    """The y of a label's text."""
    return (label_size[1] - text.height(style.text)) // 2


def _ink(mask: NDArray[np.uint8], ink: Bgr) -> Plate:
    """Text alone, without a ground."""
    canvas = _Canvas(mask.shape[1], mask.shape[0])
    canvas.lay(mask, 0, 0, ink)
    return canvas.plate()


@lru_cache(maxsize=64)
def _rounded(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    """A mask of a rectangle with round corners."""
    fine = 4
    large = np.zeros((height * fine, width * fine), np.uint8)
    r = radius * fine
    cv2.rectangle(large, (r, 0), (width * fine - r - 1, height * fine - 1), 255, -1)
    cv2.rectangle(large, (0, r), (width * fine - 1, height * fine - r - 1), 255, -1)
    for x in (r, width * fine - r - 1):
        for y in (r, height * fine - r - 1):
            cv2.circle(large, (x, y), r, 255, -1)
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
