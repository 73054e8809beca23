"""How a result comes into being: under a temporary name beside its target, renamed when it is complete."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from typing_extensions import Self

from fervid.core.readings import Frame, FrameReading
from fervid.errors import OutputError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class Output:
    """A file in the making.

    Everything that would refuse the result is checked here, before any work starts. A link is followed: what it points
    to is replaced, the link stays.

    Args:
        target: Where the result will be.
        overwrite: Whether a file that is there may be replaced.

    Attributes:
        target: As given.
        part: The temporary file, which exists and is empty; it has the target's suffix.

    Raises:
        OutputError: The target exists, is no file, or its folder is missing or refuses.
    """

    def __init__(self, target: Path, *, overwrite: bool = False) -> None:
        self.target = target
        self._overwrite = overwrite
        with self.guard():
            self._real = Path(os.path.realpath(target))
            self._check()
            self.part = self._created()

    def _created(self) -> Path:
        """The file to write to, empty."""
        # Cut short, so that the longest name that a file system takes still leaves room for the rest.
        part = self._real.with_name(f".{self._real.stem[:40]}.{secrets.token_hex(4)}.part{self._real.suffix}")
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        return part

    def open(self) -> BinaryIO:
        """The temporary file, to write to."""
        with self.guard():
            return self.part.open("wb")

    def commit(self, *, partial: bool = False) -> Path:
        """Give the temporary file, complete and closed, its name.

        Args:
            partial: The result is not all that was asked for: a file that is at the target stays there, and the result
                goes to ``NAME.partial.SUFFIX`` beside it. The same happens, so that no work is lost, where a file that
                must not be replaced has appeared at the target since the beginning.

        Returns:
            Where the result is.

        Raises:
            OutputError: The folder refuses; the temporary file is removed.
        """
        place, name = self._real, self.target
        try:
            with self.guard():
                if place.exists() and (partial or not self._overwrite):
                    place, name = _partial(place), _partial(name)
                self.part.replace(place)
        except OutputError:
            self.discard()
            raise
        return name

    def discard(self) -> None:
        """Remove the temporary file. Does nothing once it is gone."""
        self.part.unlink(missing_ok=True)

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what the system says into an `OutputError` that names the target."""
        try:
            yield
        except OSError as error:
            raise refusal(self.target, error) from error

    def _check(self) -> None:
        if self._real.is_dir():
            raise OutputError(f"{self.target} is a folder", "name a file in it")
        if not self._real.parent.is_dir():
            raise OutputError(
                f"{self.target} cannot be written: its folder does not exist", "create it, or choose another"
            )
        if self._real.exists() and not self._real.is_file():
            raise OutputError(f"{self.target} is not a regular file", "choose another name")
        if self._real.exists() and not self._overwrite:
            raise OutputError(f"{self.target} exists", "give --overwrite to replace it, or another name")


class StandardOutput:
    """Standard output, with the ways of an `Output`: nothing is renamed, and what is written stays written."""

    target = None

    def open(self) -> BinaryIO:
        """Standard output itself; to be flushed, not closed."""
        return sys.stdout.buffer

    def commit(self, *, partial: bool = False) -> None:
        """Nothing is left to do."""

    def discard(self) -> None:
        """Nothing can be taken back."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn what the system says into an `OutputError`, except that a reader who left is no fault of the output."""
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            raise refusal(Path("standard output"), error) from error


class FileWriter(ABC):
    """What the writers that write one file share: when it gets its name, and when it goes.

    A subclass writes to `_output` and says in `_close` how its file ends.
    """

    def __init__(self, output: Output | StandardOutput) -> None:
        self._output = output
        self._open = True

    @property
    def target(self) -> Path | None:
        """Where the result will be; None for standard output."""
        return self._output.target

    @abstractmethod
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Take the next frame with what was read in it; see `Writer.write`."""

    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the file and give it its name, as `Writer.finish` says."""
        try:
            with self._output.guard():
                self._close(partial=partial)
        except BaseException:
            self.discard()
            raise
        self._open = False
        return self._output.commit(partial=partial)

    def discard(self) -> None:
        """Remove what was written so far. Does nothing after `finish`."""
        if self._open:
            self._open = False
            self._abandon()
            self._output.discard()

    @abstractmethod
    def _close(self, *, partial: bool) -> None:
        """Write what is missing at the end and close the file."""

    @abstractmethod
    def _abandon(self) -> None:
        """Let go of the file, whatever state it is in; never raises, and may follow a `_close` that did."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def refusal(target: Path, error: OSError) -> OutputError:
    """The line for the user when the system refuses to write `target`."""
    if error.errno in _FULL:
        return OutputError(f"{target} cannot be written: the disk is full", "free some space, or write elsewhere")
    if error.errno in _REFUSED:
        return OutputError(f"{target} cannot be written: permission is denied", "choose another folder")
    reason = os.strerror(error.errno) if error.errno else str(error)
    return OutputError(f"{target} cannot be written: {reason[:1].lower()}{reason[1:]}", "choose another place")


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.stem}.partial{target.suffix}")
