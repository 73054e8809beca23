"""The choice of a video encoder and its options."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import av
from av.codec import Codec
from av.codec.codec import UnknownCodecError

from fervid.errors import OutputError, UsageError
from fervid.formats.encoding import CODECS, DEFAULT_CODEC, Encoding

# For an encoder, or a family of them: the name of its option for the quality, and the other options to give it.
_TUNING: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "libx264": ("crf", {"preset": "veryfast"}),
    "libx265": ("crf", {"preset": "veryfast", "x265-params": "log-level=error"}),
    "libsvtav1": ("crf", {"preset": "9"}),
    "nvenc": ("cq", {"preset": "p4", "rc": "vbr"}),
    "qsv": ("global_quality", {}),
}


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder of the installed FFmpeg, and its options.

    Attributes:
        name: The name in FFmpeg.
        codec: The codec that it writes, a key of `CODECS`.
        options: The options to open it with, by their names in FFmpeg.
        constant_quality: False if the encoder has no option for the quality, so that it needs a bit rate.
    """

    name: str
    codec: str
    options: dict[str, str]
    constant_quality: bool

    def pixel_format(self, width: int, height: int) -> str:
        """Return the pixel format for pictures of this size, in pixels, as FFmpeg names it.

        Every player knows 4:2:0, but H.264 and HEVC cannot store an odd width or height that way. Such pictures keep
        their size and are stored as 4:4:4.

        Raises:
            OutputError: The encoder cannot store an odd size.
        """
        if width % 2 == 0 and height % 2 == 0:
            return "yuv420p"
        if "yuv444p" not in {known.name for known in Codec(self.name, "w").video_formats or ()}:
            raise OutputError(f"{self.name} cannot store the odd size {width}x{height}", 'use encoder="libx264"')
        return "yuv444p"


def choose_encoder(encoding: Encoding = Encoding()) -> Encoder:
    """Return the encoder that fits the user's choices.

    Raises:
        UsageError: The codec is unknown, the encoder writes another codec, or it has no option for the quality.
        OutputError: The installed FFmpeg has no such encoder.
    """
    codec, encoder, crf = encoding.codec, encoding.encoder, encoding.crf
    if codec is not None and codec not in CODECS:
        raise UsageError(f"there is no codec '{codec}'", f"choose one of {', '.join(CODECS)}")
    name = encoder or CODECS[codec or DEFAULT_CODEC].encoder
    written = _codec_of(name)
    if written is None or written not in CODECS:
        raise OutputError(f"FFmpeg has no video encoder '{name}' here", _choose_one(codec))
    if name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # errors only; by default it prints its settings to standard error
    if codec not in (None, written):
        raise UsageError(f"the encoder '{name}' writes {written}, not {codec}", _choose_one(codec))
    family = name if name in _TUNING else name.rpartition("_")[2]
    if family not in _TUNING:
        if crf is not None:
            raise UsageError(f"the encoder '{name}' takes no crf", "leave it out", options=("crf",))
        return Encoder(name, written, {}, constant_quality=False)
    quality, options = _TUNING[family]
    value = CODECS[written].crf if crf is None else crf
    return Encoder(name, written, {**options, quality: str(value)}, constant_quality=True)


def available_encoders(codec: str | None = None) -> list[str]:
    """Return the encoders of the installed FFmpeg, sorted by name. Those for a GPU are listed without one too.

    Args:
        codec: The codec that they write; None for any of `CODECS`.
    """
    codecs = CODECS if codec is None else (codec,)
    return sorted(name for name in av.codecs_available if _codec_of(name) in codecs)


def _choose_one(codec: str | None) -> str:
    return f"choose one of {', '.join(available_encoders(codec))}"


def _codec_of(encoder: str) -> str | None:
    """Return the codec that an encoder writes; None if there is no such encoder."""
    try:
        return Codec(encoder, "w").canonical_name
    except UnknownCodecError:
        return None
