"""The one place where FFmpeg opens a file, an address or a device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import av
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from fervid.core.credentials import shown_address
from fervid.core.pixels import MAX_PIXELS, check_pixels
from fervid.video.pipe import Pipe

_MPEG_CLOCK: Final = {"mpegts": Fraction(2**33, 90_000), "mpeg": Fraction(2**33, 90_000)}
"""Seconds after which the clock of a format starts again at 0, by FFmpeg's name of the format."""


BEGIN_TAG: Final = "fervid_begin"
"""The tag of a recorded video that gives the time of its first frame, in seconds on the clock of its timeline."""

TAG_OPTIONS: Final[Mapping[str, Any]] = (
    {"metadata_errors": "surrogateescape"} if int(av.__version__.partition(".")[0]) < 19 else {}
)
"""Options of `av.open` that turn bytes of a tag that are not UTF-8 into surrogates, as PyAV 19 does by itself."""

_REFERRING: Final = frozenset({"concat", "dash", "hls", "imf", "rtp", "rtsp", "sdp", "webm_dash_manifest"})
"""Formats whose files name other files or addresses, by FFmpeg's names."""


def open_file(path: Path | Pipe, max_pixels: int = MAX_PIXELS) -> InputContainer:
    """Open a file for reading.

    No part of its name is taken for a protocol, as FFmpeg would take the one before a colon. Nothing but this file is
    read: whatever its name, a playlist is refused, because one from a stranger could show what else lies on this
    machine.

    Args:
        path: The file, or an open pipe.
        max_pixels: The number of pixels that a frame may have, while FFmpeg finds out what the file holds.

    Raises:
        av.FFmpegError: It cannot be opened; some of these errors are an `OSError` too.
    """
    file = path if isinstance(path, Pipe) else _url(path)
    options = {**decoder_limit(max_pixels), "format_whitelist": _self_contained_formats()}
    container: InputContainer = av.open(file, "r", options=options, **TAG_OPTIONS)
    return container


def open_address(
    address: str, options: Mapping[str, str], patience: float, max_pixels: int = MAX_PIXELS
) -> InputContainer:
    """Open a network stream for reading.

    Args:
        address: The address, such as ``rtsp://camera/stream``.
        options: Options of the protocol and the container, as FFmpeg names them.
        patience: Seconds to wait for the sender, at first and at each packet.
        max_pixels: The number of pixels that a frame may have, while FFmpeg finds out what the sender sends.

    Raises:
        av.FFmpegError: It cannot be opened; some of these errors are an `OSError` too.
    """
    with hidden_address(address):
        container: InputContainer = av.open(
            address,
            options={**options, **decoder_limit(max_pixels)},
            timeout=(patience, patience),
            **TAG_OPTIONS,
        )
    return container


def open_device(name: str, format: str, options: Mapping[str, str], patience: float) -> InputContainer:
    """Open a device for reading.

    Args:
        name: Its name, as FFmpeg writes it.
        format: The kind of device, as FFmpeg names it, such as ``alsa``.
        options: Options of the device, as FFmpeg names them.
        patience: Seconds to wait until it gives something.

    Raises:
        av.FFmpegError: It cannot be opened; some of these errors are an `OSError` too.
    """
    return av.open(name, "r", format=format, options=dict(options), timeout=(patience, None))


@contextmanager
def hidden_address(address: str) -> Iterator[None]:
    """Let FFmpeg's errors in the block name no more of the address than may be shown.

    They quote it whole, and so would the traceback that users send with their reports.

    Raises:
        av.FFmpegError: The same kind of error as in the block.
    """
    try:
        yield
    except av.FFmpegError as error:
        raise type(error)(error.errno or 0, error.strerror or "", shown_address(address)) from None


def limit_decoder(stream: VideoStream, name: str, max_pixels: int) -> None:
    """Check the size that a container gives for a video, and let its decoder refuse larger frames later on.

    Args:
        stream: The video track, from which nothing has been decoded yet.
        name: The name of the file, for messages.
        max_pixels: The number of pixels that a frame may have.

    Raises:
        SourceError: The container gives a larger size.
    """
    check_pixels(name, stream.codec_context.width, stream.codec_context.height, max_pixels)
    stream.codec_context.options.update(decoder_limit(max_pixels))


def decoder_limit(max_pixels: int) -> dict[str, str]:
    """Return FFmpeg's option for decoders that refuse larger frames before they take memory for them.

    Decoders pad frames to whole blocks, for which the limit leaves room.
    """
    return {"max_pixels": str(max_pixels + max_pixels // 4 + 65_536)}


def create_file(path: Path, format: str | None = None) -> OutputContainer:
    """Open a file for writing.

    Args:
        path: The file. No part of its name is taken for a protocol.
        format: The container, as FFmpeg names it; None for the one that the suffix stands for.

    Raises:
        av.FFmpegError: It cannot be opened; some of these errors are an `OSError` too.
    """
    return av.open(_url(path), "w", format=format)


def read_tag(holder: InputContainer | Stream, name: str) -> str | None:
    """Return a tag of a container or of one of its tracks, in which bytes that are not UTF-8 are replaced.

    Args:
        holder: The container, from `open_file` or `open_address`, or the track.
        name: FFmpeg's name of the tag.

    Returns:
        Its text; None where there is no such tag.
    """
    text = holder.metadata.get(name)
    return None if text is None else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def may_be_joined(container: InputContainer) -> bool:
    """Return True if a file may consist of several recordings, joined byte by byte, so that its times may repeat."""
    return container.format.name in _MPEG_CLOCK


def clock_offset(container: InputContainer) -> Fraction:
    """Return what to add to all times of a container to get those on the clock of its recording, in seconds.

    The clock of a transport stream starts again at 0 after 26.5 hours. Where that happens within a file, FFmpeg keeps
    the times in order by making those before it negative.
    """
    period = _MPEG_CLOCK.get(container.format.name, Fraction(0))
    return period if (container.start_time or 0) < 0 else Fraction(0)


@lru_cache(maxsize=1)
def _self_contained_formats() -> str:
    return ",".join(sorted(av.formats_available - _REFERRING))


def _url(path: Path) -> str:
    return f"file:{path}"
