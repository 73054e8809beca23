"""Errors of decoders, alike in all versions of PyAV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import av
from av.error import tag_to_code

_INVALID_DATA: Final = tag_to_code(b"INDA")
"""FFmpeg's number of the error."""


@contextmanager
def decoder_errors() -> Iterator[None]:
    """Let a decoder that does not open raise FFmpeg's error at each packet, not only at the first.

    PyAV 19 forgets the codec of such a decoder, and raises a bare `ValueError` at all later packets.

    Raises:
        av.FFmpegError: A packet cannot be decoded.
    """
    try:
        yield
    except av.FFmpegError:  # some of these are a `ValueError` too
        raise
    except ValueError as error:
        raise av.InvalidDataError(_INVALID_DATA, str(error)) from error
