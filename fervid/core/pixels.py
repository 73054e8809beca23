"""The largest picture, or archive of pictures, that is decoded: a small file can claim one that fills the memory."""

from __future__ import annotations

from typing import Final

from fervid.errors import SourceError

MAX_PIXELS: Final = 250_000_000
"""The default number of pixels that a picture, a frame or an archive of faces may have.

The largest sensors in phones have 200 million pixels, those of medium-format cameras 150 million, and a frame of 8K
video has 33 million. `fervid photo` takes about 6 bytes a pixel, so that a picture of this size needs 1.5 GB.
"""

MAX_PIXELS_BOUNDS: Final = (1, 1_000_000_000)
"""OpenCV decodes no picture that is much larger."""


def check_pixels(name: str, width: int, height: int, most: int) -> None:
    """Check the size that the header of a picture or a video claims, before it is decoded.

    Args:
        name: The name of the file, for the message.
        width: The width in pixels.
        height: The height in pixels.
        most: The number of pixels allowed.

    Raises:
        SourceError: It is larger.
    """
    if width * height > most:
        raise SourceError(f"'{name}' has {width}x{height} pixels, more than the limit of {most:,}", RAISE_LIMIT)


RAISE_LIMIT: Final = "raise it with max_pixels if you trust the file"
"""The remedy for everything that exceeds the limit."""
