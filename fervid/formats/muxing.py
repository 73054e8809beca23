"""What writers that write by FFmpeg share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import av

from fervid.errors import OutputError
from fervid.formats.output import Output, StandardOutput


@contextmanager
def guarded(output: Output | StandardOutput, remedy: str) -> Iterator[None]:
    """Turn what the system and FFmpeg say into an `OutputError` that names the target.

    Args:
        output: What is written.
        remedy: What the user can do where FFmpeg refuses.
    """
    with output.guard():
        try:
            yield
        except OSError:  # some of FFmpeg's errors are, too; the output knows the words for them
            raise
        except av.FFmpegError as error:
            raise OutputError(f"{output.target} cannot be written: {error.strerror}", remedy) from error
