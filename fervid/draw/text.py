"""Text as masks, in the sans-serif face that Pillow brings along (Aileron, in the public domain)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _plain(text: str) -> str:
    """`text` with its accents taken off, and a question mark for what the face has no letter for."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter if letter.isascii() else "?" for letter in apart if not unicodedata.combining(letter))


@lru_cache(maxsize=512)
def width(text: str, size: int) -> int:
    """How wide `text` is at `size` pixels to the em, in pixels."""
    return int(np.ceil(_font(size).getlength(_plain(text)))) + 1


def height(size: int) -> int:
    """How high a line of text is at `size` pixels to the em, in pixels."""
    return round(size * 1.3)


@lru_cache(maxsize=512)
def mask(text: str, size: int) -> NDArray[np.uint8]:
    """How much of each pixel `text` covers.

    Args:
        text: One line.
        size: Pixels to the em.

    Returns:
        (`height`, `width`) uint8, 0 to 255, not to be written to; capitals stand in its middle.
    """
    picture = Image.new("L", (width(text, size), height(size)))
    # Capitals of this face are 0.7 em high: this baseline centres them, and what hangs below it has room.
    ImageDraw.Draw(picture).text((0, size), _plain(text), fill=255, font=_font(size), anchor="ls")
    covered = np.asarray(picture, np.uint8)
    covered.flags.writeable = False
    return covered
