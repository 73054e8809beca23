"""Text as masks, in the sans-serif font that comes with Pillow (Aileron, in the public domain)."""

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
    """Return the text without accents, with a question mark for each character that the font does not have."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter if letter.isascii() else "?" for letter in decomposed if not unicodedata.combining(letter))


@lru_cache(maxsize=512)
def width(text: str, size: int) -> int:
    """Return the width of a text in pixels, at `size` pixels to the em."""
    return int(np.ceil(_font(size).getlength(_plain(text)))) + 1


def height(size: int) -> int:
    """Return the height of a line in pixels, at `size` pixels to the em."""
    return round(size * 1.3)


@lru_cache(maxsize=512)
def mask(text: str, size: int) -> NDArray[np.uint8]:
    """Return the coverage of each pixel by a text.

    Args:
        text: One line of text.
        size: Pixels to the em.

    Returns:
        (`height`, `width`) uint8, 0 to 255, read-only, with capitals vertically centred.
    """
    drawn = Image.new("L", (width(text, size), height(size)))
    # Capitals of this font are 0.7 em high: this baseline centres them and leaves room for descenders.
    ImageDraw.Draw(drawn).text((0, size), _plain(text), fill=255, font=_font(size), anchor="ls")
    coverage = np.asarray(drawn, np.uint8)
    coverage.flags.writeable = False
    return coverage
