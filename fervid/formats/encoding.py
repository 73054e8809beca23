"""The user's choices for an encoded video: codec, encoder and quality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Codec:
    """A video codec.

    Attributes:
        encoder: The encoder that writes it by default, as FFmpeg calls it.
        crf: The default quality for that encoder, at which losses go unnoticed.
    """

    encoder: str
    crf: int


CODECS: Final = {"h264": Codec("libx264", 20), "hevc": Codec("libx265", 24), "av1": Codec("libsvtav1", 30)}
"""The codecs that `fervid annotate --codec` takes. The first one, which every player knows, is the default."""

DEFAULT_CODEC: Final = next(iter(CODECS))

CRF_BOUNDS: Final = (0, 63)
"""The best and the worst quality."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """The user's choices for an encoded video.

    Attributes:
        codec: A key of `CODECS`; None for that of `encoder`, or else for `DEFAULT_CODEC`.
        encoder: The name of an encoder of FFmpeg; None for the default one of `codec`.
        crf: The quality, within `CRF_BOUNDS`, lower is better; None for the default one of the codec.
    """

    codec: str | None = None
    encoder: str | None = None
    crf: int | None = None
