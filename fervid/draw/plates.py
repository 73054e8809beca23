"""Plates: translucent images with text, made once and blended into frame after frame."""

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
_OPACITY = 0.72  # of the background of a plate: enough for white text on a white wall


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """An image with transparency.

    Attributes:
        premultiplied: (height, width, 3) uint8, blue green red, multiplied by the opacity.
        transparency: (height, width, 3) uint8, 255 where the image below shows through completely.
    """

    premultiplied: NDArray[np.uint8]
    transparency: NDArray[np.uint8]

    @property
    def width(self) -> int:
        """The width in pixels."""
        return int(self.transparency.shape[1])

    @property
    def height(self) -> int:
        """The height in pixels."""
        return int(self.transparency.shape[0])

    def blend(self, image: NDArray[np.uint8], x: int, y: int) -> None:
        """Blend the plate into `image`, with its top left corner at (`x`, `y`). All of it must lie inside the image."""
        blend(image[y : y + self.height, x : x + self.width], self.premultiplied, self.transparency)


def blend(below: NDArray[np.uint8], premultiplied: NDArray[np.uint8], transparency: NDArray[np.uint8]) -> None:
    """Blend a translucent picture into `below`. All three have the same shape."""
    cv2.multiply(below, transparency, dst=below, scale=1 / 255)
    cv2.add(below, premultiplied, dst=below)


class _PlateCanvas:
    """A plate that is being painted."""

    def __init__(self, width: int, height: int) -> None:
        self._premultiplied = np.zeros((height, width, 3), np.float32)
        self._opacity = np.zeros((height, width, 1), np.float32)

    def paint(self, mask: NDArray[np.uint8], x: int, y: int, ink: Bgr, opacity: float = 1.0) -> None:
        """Paint `ink` through a mask whose top left corner is at (`x`, `y`)."""
        height, width = mask.shape
        added = (mask[..., None] / np.float32(255)) * np.float32(opacity)
        colour, below = self._premultiplied[y : y + height, x : x + width], self._opacity[y : y + height, x : x + width]
        colour[:] = colour * (1 - added) + np.array(ink, np.float32) * added
        below[:] = below + added - below * added

    def plate(self) -> Plate:
        """Return the finished plate."""
        transparency = np.repeat(np.rint(255 * (1 - self._opacity)), 3, axis=2)
        return Plate(np.rint(self._premultiplied).astype(np.uint8), transparency.astype(np.uint8))


@lru_cache(maxsize=256)
def resized(plate: Plate, width: int, height: int) -> Plate:
    """Return a plate at another size."""
    premultiplied = cv2.resize(plate.premultiplied, (width, height), interpolation=cv2.INTER_AREA)
    transparency = cv2.resize(plate.transparency, (width, height), interpolation=cv2.INTER_AREA)
    return Plate(np.asarray(premultiplied, np.uint8), np.asarray(transparency, np.uint8))


def bgr(emotion: str) -> Bgr:
    """Return the blue, green and red of an emotion, 0 to 255."""
    red, green, blue = colour(emotion)
    return blue, green, red


@lru_cache(maxsize=64)
def label(style: Style, face_id: int, emotion: str, size: tuple[int, int]) -> Plate:
    """Return a label: the number of the face on the colour of the emotion, the emotion, and room for a percentage."""
    width, height = size
    tab = style.tab_width(face_id)
    canvas = _PlateCanvas(width, height)
    shape = _rounded(width, height, style.gap)
    canvas.paint(shape, 0, 0, DARK, _OPACITY)
    canvas.paint(shape[:, :tab], 0, 0, bgr(emotion))
    number = text.mask(str(face_id), style.small_text)
    canvas.paint(number, (tab - number.shape[1]) // 2, (height - number.shape[0]) // 2, DARK)
    canvas.paint(text.mask(emotion, style.text), tab + style.gap, _text_y(style, size), WHITE)
    return canvas.plate()


@lru_cache(maxsize=128)
def percentage(style: Style, percent: int, size: tuple[int, int]) -> tuple[Plate, int, int]:
    """Return the percentage at the right end of a label of this size, and its x and y in the label."""
    mask = text.mask(f"{percent} %", style.text)
    return _text_plate(mask, DIM), size[0] - style.gap - mask.shape[1], _text_y(style, size)


@lru_cache(maxsize=16)
def panel(style: Style, classes: tuple[str, ...]) -> Plate:
    """Return a panel: the class names, with an empty track for the bar of each."""
    width, height = style.panel_size(classes)
    canvas = _PlateCanvas(width, height)
    canvas.paint(_rounded(width, height, style.gap), 0, 0, DARK, _OPACITY)
    for name, track in zip(classes, tracks(style, classes), strict=True):
        x, y = _name_at(style, classes, name)
        canvas.paint(text.mask(name, style.small_text), x, y, DIM)
        canvas.paint(np.full((track.height, track.width), 255, np.uint8), track.x, track.y, _TRACK, 0.45)
    return canvas.plate()


@lru_cache(maxsize=64)
def bright_name(style: Style, classes: tuple[str, ...], name: str) -> tuple[Plate, int, int]:
    """Return the bright name of the most probable class, which covers the dim one, and its x and y in the panel."""
    return (_text_plate(text.mask(name, style.small_text), WHITE), *_name_at(style, classes, name))


@lru_cache(maxsize=16)
def tracks(style: Style, classes: tuple[str, ...]) -> tuple[Rect, ...]:
    """Return the tracks of the bars in a panel, one for each class."""
    thickness = max(3, round(style.small_text * 0.45))
    x = style.names_width(classes) + 3 * style.gap
    return tuple(
        Rect(x, style.gap + position * style.row + (style.row - thickness) // 2, style.bar, thickness)
        for position in range(len(classes))
    )


@lru_cache(maxsize=256)
def words(line: str, size: int, ink: Bgr = WHITE) -> Plate:
    """Return a line of text without a background, at `size` pixels to the em."""
    return _text_plate(text.mask(line, size), ink)


@lru_cache(maxsize=32)
def background(width: int, height: int, radius: int = 0, opacity: float = _OPACITY) -> Plate:
    """Return a dark translucent rectangle with round corners, as a background for text."""
    canvas = _PlateCanvas(width, height)
    canvas.paint(_rounded(width, height, radius), 0, 0, DARK, opacity)
    return canvas.plate()


def _name_at(style: Style, classes: Sequence[str], name: str) -> tuple[int, int]:
    """Return x and y of a class name: names are aligned to the right, at the tracks."""
    x = style.gap + style.names_width(classes) - text.width(name, style.small_text)
    return x, style.gap + classes.index(name) * style.row + (style.row - text.height(style.small_text)) // 2


def _text_y(style: Style, label_size: tuple[int, int]) -> int:
    """Return the y of the text in a label."""
    return (label_size[1] - text.height(style.text)) // 2


def _text_plate(mask: NDArray[np.uint8], ink: Bgr) -> Plate:
    """Return a plate of text without a background."""
    canvas = _PlateCanvas(mask.shape[1], mask.shape[0])
    canvas.paint(mask, 0, 0, ink)
    return canvas.plate()


@lru_cache(maxsize=64)
def _rounded(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    """Return the mask of a rectangle with round corners, (height, width) uint8."""
    scale = 4  # drawn larger and shrunk, for smooth edges
    large = np.zeros((height * scale, width * scale), np.uint8)
    r = radius * scale
    cv2.rectangle(large, (r, 0), (width * scale - r - 1, height * scale - 1), 255, -1)
    cv2.rectangle(large, (0, r), (width * scale - 1, height * scale - r - 1), 255, -1)
    for x in (r, width * scale - r - 1):
        for y in (r, height * scale - r - 1):
            cv2.circle(large, (x, y), r, 255, -1)
    return np.asarray(cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
