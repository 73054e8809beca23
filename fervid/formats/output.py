"""The places that results are written to, each with its policy of naming and flushing."""

from __future__ import annotations

import errno
import io
import itertools
import os
import secrets
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ClassVar, Final
from weakref import WeakSet

from typing_extensions import override

from fervid.core.files import file_identity, take_place
from fervid.core.locks import lock, remove_abandoned
from fervid.errors import OutputError

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}

_FLUSH_S: Final = 0.5
"""The longest time in seconds that a process which ends at once waits for its disk."""

_MAX_NAME_BYTES: Final = 255
"""The longest file name on all usual file systems, in bytes."""


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


class FileOutput(Output):
    """A file that is being written.

    Everything that could prevent the result is checked here, before any work starts. A symbolic link is followed: the
    file that it points to is replaced, the link stays.

    Args:
        target: The file of the result.
        overwrite: True to replace a file at the target.
        now: A monotonic clock in seconds.

    Attributes:
        part: The file to write to, which exists and is empty.

    Raises:
        OutputError: The target exists or is not a regular file, its folder does not exist, or nothing can be written
            there.
    """

    target: Path

    def __init__(self, target: Path, *, overwrite: bool = False, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(now)
        self.target = target
        self._overwrite = overwrite
        with self.guard():
            self._real = Path(os.path.realpath(target))
            self._check()
            self.part = self._create()

    @abstractmethod
    def _create(self) -> Path:
        """Create the file to write to, and return its path."""

    @override
    def _open_stream(self) -> BinaryIO:
        return self.part.open("wb")

    def _check(self) -> None:
        if self._real.is_dir():
            raise OutputError(f"'{self.target}' is a folder", "name a file in it")
        if not self._real.parent.is_dir():
            raise OutputError(
                f"'{self.target}' cannot be written: its folder does not exist", "create the folder, or choose another"
            )
        if self._real.exists() and not self._real.is_file():
            raise OutputError(f"'{self.target}' is not a regular file", "choose another name")
        if self._real.exists() and not self._overwrite:
            raise OutputError(f"'{self.target}' exists already", "replace it with --overwrite, or choose another name")


class Atomic(FileOutput):
    """A file with a temporary name until it is complete, so that the target is never half a file.

    An incomplete result is called ``NAME.partial.SUFFIX`` instead. So is a complete one if, without `overwrite`, a file
    has appeared at the target during the run. If that name is taken, it is ``NAME.partial-2.SUFFIX``, and so on.

    The temporary file is locked while it is written. One without a lock was left by a run that was killed; the next run
    with the same target removes it.
    """

    @override
    def _create(self) -> Path:
        # The stem is cut short, because the name of the target may be as long as the file system allows.
        begin, end = f".{self._real.stem[:40]}.", f".part{self.target.suffix}"
        remove_abandoned(self._real.parent, begin, end)
        part = self._real.with_name(f"{begin}{secrets.token_hex(4)}{end}")
        self._lock: int | None = lock(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        _unfinished.add(self)
        return part

    @override
    def _complete(self, *, partial: bool) -> Path:
        if partial or (self._real.exists() and not self._overwrite):
            name = self._take_partial_name()
        else:
            name = self.target
            take_place(self.part, self._real)
        self._release()
        return name

    def keep(self) -> Path | None:
        """Give the result a partial name, as far as it is written, in a process that ends at once.

        Returns:
            The file; None if nothing was written.
        """
        if self._stream is not None:
            # If the disk does not respond, the writing thread never releases the stream, and flushing would block.
            flush = threading.Thread(target=self._flush, daemon=True)
            flush.start()
            flush.join(_FLUSH_S)
        with suppress(OSError):
            if self.part.stat().st_size:
                return self._take_partial_name()
            self.part.unlink()
        return None

    def _flush(self) -> None:
        with suppress(OSError, ValueError):  # the disk is full, or the stream has been closed
            assert self._stream is not None
            self._stream.flush()

    def _take_partial_name(self) -> Path:
        """Rename the temporary file to the first partial name that is not taken, and return its new path."""
        for number in itertools.count(1):
            path = _partial_path(self._real, number)
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))  # reserves the name for this run
            except FileExistsError:
                continue
            take_place(self.part, path)
            # The user named the folder of the target. The path of a link leads there too, unless to another folder.
            name = self.target.with_name(path.name)
            return name if file_identity(name) == file_identity(path) else path
        raise AssertionError("there is a number for every file")

    @override
    def _remove(self) -> None:
        self._release()
        self.part.unlink(missing_ok=True)

    def _release(self) -> None:
        _unfinished.discard(self)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


_unfinished: WeakSet[Atomic] = WeakSet()


class InPlace(FileOutput):
    """A file that has its final name from the start and can be used at every moment, so that it survives a kill.

    With `overwrite`, an earlier file is replaced at once. What was written stays, whatever happens.
    """

    in_place = True
    flush_every = 1.0

    @override
    def _create(self) -> Path:
        mode = os.O_TRUNC if self._overwrite else os.O_EXCL
        os.close(os.open(self._real, os.O_CREAT | os.O_WRONLY | mode, 0o666))
        return self._real

    @override
    def _complete(self, *, partial: bool) -> Path:
        return self.target

    @override
    def _remove(self) -> None:
        if self.part.exists() and not self.part.stat().st_size:
            self.part.unlink()


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
    if error.errno in _DISK_FULL:
        return OutputError(f"{problem}: the disk is full", "free some space, or write to another disk")
    if error.errno in _FORBIDDEN:
        return OutputError(f"{problem}: permission denied", "choose another folder")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OutputError(f"{problem}: {reason[:1].lower()}{reason[1:]}", "choose another folder")


def keep_unfinished() -> list[Path]:
    """Give every unfinished result a partial name, in a process that ends at once, and return the files."""
    return [path for output in list(_unfinished) if (path := output.keep()) is not None]


def _partial_path(target: Path, number: int) -> Path:
    end = f".partial{f'-{number}' if number > 1 else ''}{target.suffix}"
    stem = target.stem
    while len(os.fsencode(stem + end)) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    return target.with_name(stem + end)
