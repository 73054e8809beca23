"""The places that results are written to, and the errors of writing."""

from __future__ import annotations

import errno
import io
import os
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ClassVar

from typing_extensions import override

from fervid.errors import OutputError

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class Output(ABC):
    """A place for one result, which `commit` completes and `discard` removes as far as that is possible.

    Args:
        now: A monotonic clock in seconds.

    Attributes:
        target: The file of the result; None where the result is no file.
        in_place: True if the result must be usable at every moment, also before `commit`.
        flush_every: The longest time in seconds until a row reaches a reader; None if that is only with `commit`.
    """

    target: Path | None = None
    in_place: ClassVar[bool] = False
    flush_every: ClassVar[float | None] = None

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._flushed = now()
        self._stream: BinaryIO | None = None

    def open(self) -> BinaryIO:
        """Return the stream to write to. `commit` or `discard` closes it.

        Raises:
            OutputError: The stream cannot be opened.
        """
        with self.guard():
            self._stream = self._open_stream()
        return self._stream

    def flush_when_due(self) -> None:
        """Flush the stream if `flush_every` has passed since the last time. Call it after each frame."""
        if (
            self._stream is not None
            and self.flush_every is not None
            and self._now() - self._flushed >= self.flush_every
        ):
            self._stream.flush()
            self._flushed = self._now()

    def end_head(self) -> None:
        """Flush what was written so far, which comes before the first row, so that `discard` does not keep it alone."""
        if self._stream is not None:
            self._stream.flush()

    def commit(self, *, partial: bool = False) -> Path | None:
        """Close the stream and complete the result.

        Args:
            partial: True if the result is incomplete, because the run was interrupted.

        Returns:
            The file of the result; None where the result is no file.

        Raises:
            OutputError: The result cannot be completed; it is discarded.
        """
        try:
            with self.guard():
                self._close()
                return self._complete(partial=partial)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Close the stream and remove what was written, as far as that is possible. Never raises."""
        # On a full disk, closing cannot flush the buffer and raises, but it frees the descriptor all the same.
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._remove()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn an `OSError` of the block into an `OutputError` that names the target.

        `BrokenPipeError` passes through, because a reader that leaves early (``| head``) is no failure of the output.
        """
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise write_error(self.target, error) from error

    @abstractmethod
    def _open_stream(self) -> BinaryIO:
        """Return the open stream to write to."""

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()

    @abstractmethod
    def _complete(self, *, partial: bool) -> Path | None:
        """Turn what was written into the result; see `commit`."""

    @abstractmethod
    def _remove(self) -> None:
        """Remove what was written, unless that is impossible or comes too late."""


class StandardOutput(Output):
    """Standard output, which the reader gets at once and which cannot be taken back."""

    flush_every = 0.0

    @override
    def _open_stream(self) -> BinaryIO:
        return sys.stdout.buffer

    @override
    def _close(self) -> None:
        if self._stream is not None:
            self._stream.flush()

    @override
    def _complete(self, *, partial: bool) -> None:
        """Do nothing: the reader has the result already."""

    @override
    def _remove(self) -> None:
        """Do nothing: what the reader has cannot be removed."""


class Memory(Output):
    """A result that is kept in memory as bytes.

    Attributes:
        content: The result; empty before `commit`.
    """

    content: bytes = b""

    @override
    def _open_stream(self) -> BinaryIO:
        return io.BytesIO()

    @override
    def _close(self) -> None:
        """Do nothing: a closed stream would lose its bytes before `_complete` copies them."""

    @override
    def _complete(self, *, partial: bool) -> None:
        if isinstance(self._stream, io.BytesIO):
            self.content = self._stream.getvalue()

    @override
    def _remove(self) -> None:
        """Do nothing: no file was written."""


def write_error(target: Path | None, error: OSError) -> OutputError:
    """Return the error to raise when writing a target raised `error`.

    Args:
        target: The file; None for standard output.
        error: The error of the system.
    """
    name = "standard output" if target is None else f"'{target}'"
    problem = f"{name} cannot be written"
    if target is None and error.errno == errno.EBADF:
        return OutputError(f"{problem}: it is closed", "send it to a file, or to another program")
    if error.errno in _DISK_FULL:
        return OutputError(f"{problem}: the disk is full", "free some space, or write to another disk")
    if error.errno in _FORBIDDEN:
        return OutputError(f"{problem}: permission denied", "choose another folder")
    if error.errno == errno.ENAMETOOLONG:
        return OutputError(f"{problem}: the name is too long", "choose a shorter one")
    reason = os.strerror(error.errno) if error.errno else str(error)
    remedy = "send it to a file" if target is None else "choose another folder"
    return OutputError(f"{problem}: {reason[:1].lower()}{reason[1:]}", remedy)
