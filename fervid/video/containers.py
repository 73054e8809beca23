"""The one place where FFmpeg opens a file or an address."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer, OutputContainer

_MPEG_CLOCK: Final = {"mpegts": Fraction(2**33, 90_000), "mpeg": Fraction(2**33, 90_000)}
"""Seconds after which the clock of a format starts again at 0, by FFmpeg's name of the format."""


def open_file(path: Path) -> InputContainer:
    """Open a file for reading.

    No part of its name is taken for a protocol, as FFmpeg would take the one before a colon. Bytes of a tag that are
    not UTF-8 are replaced.

    Raises:
        av.FFmpegError: It cannot be opened; some of these errors are an `OSError` too.
    """
    return av.open(_url(path), metadata_errors="replace")


def open_address(address: str, options: Mapping[str, str], patience: float) -> InputContainer:
    """Open a network stream for reading.

    Args:
        address: The address, such as ``rtsp://camera/stream``.
        options: Options of the protocol and the container, as FFmpeg names them.
        patience: Seconds to wait for the sender, at first and at each packet.

    Raises:
        av.FFmpegError: It cannot be opened; some of these errors are an `OSError` too.
    """
    return av.open(address, options=dict(options), timeout=(patience, patience), metadata_errors="replace")


def create_file(path: Path, format: str | None = None) -> OutputContainer:
    """Open a file for writing.

    Args:
        path: The file. No part of its name is taken for a protocol.
        format: The container, as FFmpeg names it; None for the one that the suffix stands for.

    Raises:
        av.FFmpegError: It cannot be opened; some of these errors are an `OSError` too.
    """
    return av.open(_url(path), "w", format=format)


def clock_offset(container: InputContainer) -> Fraction:
    """Return what to add to all times of a container to get those on the clock of its recording, in seconds.

    The clock of a transport stream starts again at 0 after 26.5 hours. Where that happens within a file, FFmpeg keeps
    the times in order by making those before it negative.
    """
    period = _MPEG_CLOCK.get(container.format.name, Fraction(0))
    return period if (container.start_time or 0) < 0 else Fraction(0)


def _url(path: Path) -> str:
    return f"file:{path}"
