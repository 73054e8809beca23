"""The standard streams of the process: data on standard output, messages on standard error."""

from __future__ import annotations

import faulthandler
import io
import os
import sys
from contextlib import suppress
from typing import Any, Final, TextIO

from typing_extensions import override

from fervid.errors import OutputError
from fervid.formats.output import write_error

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2


class _Stream(io.RawIOBase):
    """A standard stream over another one, whose errors it treats.

    Args:
        raw: The other one, which stays open.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @override
    def fileno(self) -> int:
        """Return the descriptor."""
        descriptor: int = self._raw.fileno()
        return descriptor

    @override
    def isatty(self) -> bool:
        """Return True for a terminal."""
        return bool(self._raw.isatty())

    @override
    def writable(self) -> bool:
        """Return True."""
        return True


class _Output(_Stream):
    """Standard output, which fails only once.

    What comes after the first error is discarded, because Python would report the same error again at exit.

    Attributes:
        error: The first error; None if there was none.
    """

    error: OSError | None = None

    @override
    def write(self, data: Any) -> int | None:
        """Write bytes.

        Raises:
            OSError: They cannot be written, for the first time.
        """
        if self.error is not None:
            return len(data)
        try:
            written: int | None = self._raw.write(data)
        except OSError as error:
            self.error = error
            raise
        return written


class _Messages(_Stream):
    """Standard error, which never fails: a message that cannot be shown is no reason to stop."""

    @override
    def write(self, data: Any) -> int:
        """Write bytes, as far as that is possible."""
        with suppress(OSError):
            self._raw.write(data)
        return len(data)


def debugging() -> bool:
    """Return True if ``FERVID_DEBUG=1`` asks for tracebacks and for the messages of native code."""
    return bool(os.environ.get("FERVID_DEBUG"))


def silence_process() -> None:
    """Discard all messages of this process, because another one prints the same. Has no effect in debugging."""
    if not debugging():
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open until the process ends


def prepare() -> None:
    """Prepare the standard streams for a command.

    Streams that the caller has closed are replaced by ones that can be neither read nor written. Otherwise the next
    file that is opened would take their place, and get what is printed.
    """
    for descriptor, mode in ((_STDIN, os.O_WRONLY), (_STDOUT, os.O_RDONLY), (_STDERR, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, mode)
            os.dup2(null, descriptor)
            if null != descriptor:
                os.close(null)
    sys.stdout = _text(sys.stdout, _STDOUT, _Output)
    silence_native_code()


def silence_native_code() -> None:
    """Discard what native code writes to standard error, and give Python's messages a descriptor of their own.

    MediaPipe logs a line at an unpredictable moment, which would break a progress bar and ``--quiet``. After a crash of
    native code, the location is still printed. In debugging, native code is not silenced.
    """
    if debugging():
        sys.stderr = _text(sys.stderr, _STDERR, _Messages)
        return
    raw = io.FileIO(os.dup(_STDERR), "w")
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(_Messages(raw)), "utf-8", errors="backslashreplace", line_buffering=True
    )
    faulthandler.enable(sys.stderr)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, _STDERR)
    os.close(null)


def output_error() -> OutputError | BrokenPipeError | None:
    """Return why standard output could not be written; None if it could.

    Returns:
        `BrokenPipeError` if its reader has left, as ``head`` does after its lines, which is no failure.
    """
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if not isinstance(raw, _Output) or raw.error is None:
        return None
    return raw.error if isinstance(raw.error, BrokenPipeError) else write_error(None, raw.error)


def _text(stream: TextIO | None, descriptor: int, kind: type[_Stream]) -> TextIO:
    """Return a text stream like an earlier one, or like none, over a stream of this kind."""
    if not isinstance(stream, io.TextIOWrapper):
        null = io.FileIO(descriptor, "w", closefd=False)
        return io.TextIOWrapper(io.BufferedWriter(kind(null)), "utf-8", errors="backslashreplace", line_buffering=True)
    raw = getattr(stream.buffer, "raw", stream.buffer)  # with PYTHONUNBUFFERED, there is no buffer
    buffer = io.BufferedWriter(kind(raw))
    return io.TextIOWrapper(buffer, stream.encoding, errors=stream.errors, line_buffering=stream.line_buffering)
