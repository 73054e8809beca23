"""Places for results, each with its policy of naming and flushing."""

from __future__ import annotations

import errno
import io
import os
import secrets
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ClassVar

from typing_extensions import override

from fervid.core.files import take_place
from fervid.errors import OutputError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class Output(ABC):
    """A place for one result. `commit` makes the result whole; `discard` takes it back as far as that is possible.

    Args:
        now: A monotonic clock in seconds.

    Attributes:
        target: The file that the result will be; None where it is no file.
        in_place: Whether the result must be usable at every moment, and so may be used before `commit`.
        flush_every: After how many seconds a row must have reached the reader; None for not before `commit`.
    """

    target: Path | None = None
    in_place: ClassVar[bool] = False
    flush_every: ClassVar[float | None] = None

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._flushed = now()
        self._stream: BinaryIO | None = None

    def open(self) -> BinaryIO:
        """Return the stream to write to, which `commit` or `discard` closes.

        Raises:
            OutputError: It cannot be opened.
        """
        with self.guard():
            self._stream = self._opened()
        return self._stream

    def flush_when_due(self) -> None:
        """Flush the stream if the policy says so; call it after each frame."""
        if (
            self._stream is not None
            and self.flush_every is not None
            and self._now() - self._flushed >= self.flush_every
        ):
            self._stream.flush()
            self._flushed = self._now()

    def commit(self, *, partial: bool = False) -> Path | None:
        """Close the stream and make the result whole.

        Args:
            partial: The result is not all that was asked for.

        Returns:
            Where the result is; None where it is no file.

        Raises:
            OutputError: It cannot be completed, and is discarded.
        """
        try:
            with self.guard():
                self._close()
                return self._settle(partial=partial)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Close the stream and take back what was written, as far as that is possible. Never raises."""
        # What the buffer still holds finds no room on a full disk; the descriptor is shut all the same.
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._take_back()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what the system says into an `OutputError` that names the target.

        `BrokenPipeError` passes through: a reader who leaves early (``| head``) is no failure of the output.
        """
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise refusal(self.target, error) from error

    @abstractmethod
    def _opened(self) -> BinaryIO:
        """Return a stream, open."""

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()

    @abstractmethod
    def _settle(self, *, partial: bool) -> Path | None:
        """Make what was written the result, as `commit` says."""

    @abstractmethod
    def _take_back(self) -> None:
        """Remove what was written; nothing where that is not possible, or too late."""


class FileOutput(Output):
    """A file in the making.

    Everything that would refuse the result is checked here, before any work starts. A link is followed: what it points
    to is replaced, the link stays.

    Args:
        target: Where the result will be.
        overwrite: Whether a file that is there may be replaced.
        now: A monotonic clock in seconds.

    Attributes:
        part: The file to write to, which exists and is empty.

    Raises:
        OutputError: The target exists, is no file, or its folder is missing or refuses.
    """

    target: Path

    def __init__(self, target: Path, *, overwrite: bool = False, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(now)
        self.target = target
        self._overwrite = overwrite
        with self.guard():
            self._real = Path(os.path.realpath(target))
            self._check()
            self.part = self._created()

    @abstractmethod
    def _created(self) -> Path:
        """Create the file to write to, empty."""

    @override
    def _opened(self) -> BinaryIO:
        return self.part.open("wb")

    def _check(self) -> None:
        if self._real.is_dir():
            raise OutputError(f"'{self.target}' is a folder", "name a file in it")
        if not self._real.parent.is_dir():
            raise OutputError(
                f"'{self.target}' cannot be written: its folder does not exist", "create it, or choose another"
            )
        if self._real.exists() and not self._real.is_file():
            raise OutputError(f"'{self.target}' is not a regular file", "choose another name")
        if self._real.exists() and not self._overwrite:
            raise OutputError(f"'{self.target}' exists", "give --overwrite to replace it, or another name")


class Atomic(FileOutput):
    """A file that is there complete or not at all: it has a temporary name until it is complete.

    Where it must not replace a complete file, it is called ``NAME.partial.SUFFIX`` instead: after an interrupted run,
    and where a file has appeared at the target since the beginning.
    """

    @override
    def _created(self) -> Path:
        # Cut short, so that the longest name that a file system takes still leaves room for the rest.
        part = self._real.with_name(f".{self._real.stem[:40]}.{secrets.token_hex(4)}.part{self.target.suffix}")
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        return part

    @override
    def _settle(self, *, partial: bool) -> Path:
        place, name = self._real, self.target
        if place.exists() and (partial or not self._overwrite):
            place, name = _partial(place), _partial(name)
        take_place(self.part, place)
        return name

    @override
    def _take_back(self) -> None:
        self.part.unlink(missing_ok=True)


class InPlace(FileOutput):
    """A file that has its own name from the beginning and can be used at every moment, so that it survives a kill.

    What was there before is gone at once, where that is allowed. What was written stays, whatever happens.
    """

    in_place = True
    flush_every = 1.0

    @override
    def _created(self) -> Path:
        begin = os.O_TRUNC if self._overwrite else os.O_EXCL
        os.close(os.open(self._real, os.O_CREAT | os.O_WRONLY | begin, 0o666))
        return self._real

    @override
    def _settle(self, *, partial: bool) -> Path:
        return self.target

    @override
    def _take_back(self) -> None:
        if self.part.exists() and not self.part.stat().st_size:
            self.part.unlink()


class StandardOutput(Output):
    """Standard output: what is written reaches the reader at once, and stays written."""

    flush_every = 0.0

    @override
    def _opened(self) -> BinaryIO:
        return sys.stdout.buffer

    @override
    def _close(self) -> None:
        if self._stream is not None:
            self._stream.flush()

    @override
    def _settle(self, *, partial: bool) -> None:
        """Nothing is left to do."""

    @override
    def _take_back(self) -> None:
        """Nothing can be taken back."""


class Memory(Output):
    """A result that is wanted as bytes.

    Attributes:
        content: The result; empty before `commit`.
    """

    content: bytes = b""

    @override
    def _opened(self) -> BinaryIO:
        return io.BytesIO()

    @override
    def _close(self) -> None:
        """The bytes are fetched when the result is complete."""

    @override
    def _settle(self, *, partial: bool) -> None:
        if isinstance(self._stream, io.BytesIO):
            self.content = self._stream.getvalue()

    @override
    def _take_back(self) -> None:
        """Nothing was stored."""


def refusal(target: Path | None, error: OSError) -> OutputError:
    """Return the error to raise when writing a target raised `error`.

    Args:
        target: The file; None for standard output.
        error: The error of the system.
    """
    name = "standard output" if target is None else f"'{target}'"
    problem = f"{name} cannot be written"
    if error.errno in _FULL:
        return OutputError(f"{problem}: the disk is full", "free some space, or write elsewhere")
    if error.errno in _REFUSED:
        return OutputError(f"{problem}: permission is denied", "choose another folder")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OutputError(f"{problem}: {reason[:1].lower()}{reason[1:]}", "choose another place")


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.stem}.partial{target.suffix}")
