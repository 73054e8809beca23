"""Which encoder writes a video, and how it is set."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import av
from av.codec import Codec
from av.codec.codec import UnknownCodecError

from fervid.errors import OutputError, UsageError
from fervid.formats.base import CODECS, DEFAULT_CODEC, Encoding

# How an encoder, or a family of them, is told its quality, and what else it is to be told.
_TUNING: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "libx264": ("crf", {"preset": "veryfast"}),
    "libx265": ("crf", {"preset": "veryfast", "x265-params": "log-level=error"}),
    "libsvtav1": ("crf", {"preset": "9"}),
    "nvenc": ("cq", {"preset": "p4", "rc": "vbr"}),
    "qsv": ("global_quality", {}),
}


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder of this FFmpeg and its options.

    Attributes:
        name: As FFmpeg calls it.
        codec: The codec it writes, as `CODECS` calls it.
        options: To be given to it as they are.
        constant_quality: False where it takes no quality; it then needs a bit rate.
    """

    name: str
    codec: str
    options: dict[str, str]
    constant_quality: bool

    def pixel_format(self, width: int, height: int) -> str:
        """How its pictures of this size are stored.

        Colour at half the size in both directions is what every player knows, but H.264 and HEVC can store no odd
        width or height that way: there the size is kept, and colour stored in full.

        Raises:
            OutputError: It has no way to store an odd size.
        """
        if width % 2 == 0 and height % 2 == 0:
            return "yuv420p"
        if "yuv444p" not in {known.name for known in Codec(self.name, "w").video_formats or ()}:
            raise OutputError(f"{self.name} cannot store the odd size {width} x {height}", "use --encoder libx264")
        return "yuv444p"


def choose(encoding: Encoding = Encoding()) -> Encoder:
    """Return the encoder that the user's choices ask for.

    Args:
        encoding: The choices.

    Raises:
        UsageError: The codec is unknown, the encoder writes another one, or it takes no `crf`.
        OutputError: This FFmpeg has no such encoder.
    """
    codec, encoder, crf = encoding.codec, encoding.encoder, encoding.crf
    if codec is not None and codec not in CODECS:
        raise UsageError(f"the codec '{codec}' is unknown", f"choose one of {', '.join(CODECS)}")
    name = encoder or CODECS[codec or DEFAULT_CODEC].encoder
    written = _codec_of(name)
    if written is None or written not in CODECS:
        raise OutputError(f"there is no video encoder '{name}' here", f"choose one of {', '.join(here(codec))}")
    if name == "libsvtav1":
        os.environ.setdefault("SVT_LOG", "1")  # it would write its settings to standard error; errors alone remain
    if codec not in (None, written):
        raise UsageError(f"the encoder {name} writes {written}, not {codec}", f"choose one of {', '.join(here(codec))}")
    family = name if name in _TUNING else name.rpartition("_")[2]
    if family not in _TUNING:
        if crf is not None:
            raise UsageError(f"the encoder {name} takes no --crf", "leave it out")
        return Encoder(name, written, {}, constant_quality=False)
    quality, options = _TUNING[family]
    value = CODECS[written].crf if crf is None else crf
    return Encoder(name, written, {**options, quality: str(value)}, constant_quality=True)


def here(codec: str | None = None) -> list[str]:
    """The encoders of `codec`, or of every codec in `CODECS`, that this FFmpeg has; not each of them need run."""
    wanted = CODECS if codec is None else (codec,)
    return sorted(name for name in av.codecs_available if _codec_of(name) in wanted)


def _codec_of(encoder: str) -> str | None:
    """The codec that `encoder` writes; None where there is no such encoder."""
    try:
        return Codec(encoder, "w").canonical_name
    except UnknownCodecError:
        return None
