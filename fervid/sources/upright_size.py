"""The size of a picture as it is shown, from the header of its file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

from PIL import Image

from fervid.core.canvas import Canvas

_ORIENTATION: Final = 0x0112
_ON_ITS_SIDE: Final = (5, 6, 7, 8)
"""The values of the EXIF tag `_ORIENTATION` that swap width and height."""


def upright_size(path: Path) -> Canvas | None:
    """Return the size of a picture after its EXIF orientation; None where Pillow cannot read its header."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # nothing is decoded
            with Image.open(path) as picture:
                width, height = picture.size
                is_on_its_side = picture.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    return Canvas(height, width) if is_on_its_side else Canvas(width, height)
