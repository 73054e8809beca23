"""Files as places for results: their names while they are written, and what remains after an interruption."""

from __future__ import annotations

import itertools
import os
import secrets
import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, cast
from weakref import WeakSet

from typing_extensions import override

from fervid.core.files import file_identity, take_place, write_bytes
from fervid.core.locks import lock, remove_abandoned
from fervid.core.markers import markers_path
from fervid.errors import OutputError
from fervid.formats.output import Output, write_error
from fervid.formats.row_file import RowFile

_FLUSH_S: Final = 0.5
"""The longest time in seconds that a process which ends at once waits for its disk."""

_MAX_NAME_BYTES: Final = 255
"""The longest file name on all usual file systems, in bytes."""


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
        return cast("BinaryIO", RowFile(self.part))

    def _check(self) -> None:
        check_target(self.target, overwrite=self._overwrite)


class Atomic(FileOutput):
    """A file with a temporary name until it is complete, so that the target is never half a file.

    A file with markers gets its name directly after the result. One that lies there is left if there are no markers,
    because people write such files too.

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
        self._markers = b""
        self._lock: int | None = lock(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        _unfinished.add(self)
        return part

    def place_markers(self, content: bytes) -> None:
        """Write a file with markers beside the result, once that is complete.

        Args:
            content: The content of the file; empty for no file.

        Raises:
            OutputError: There is a file with other markers, which is to stay.
        """
        beside = markers_path(self.target)
        with self.guard():
            if content and not self._overwrite and beside.exists() and beside.read_bytes() != content:
                raise OutputError(
                    f"'{beside}' exists already", "replace it with overwrite=True, or choose another name"
                )
        self._markers = content

    @override
    def _complete(self, *, partial: bool) -> Path:
        if partial or (self._real.exists() and not self._overwrite):
            name = self._take_partial_name()
        else:
            name = self.target
            take_place(self.part, self._real)
        self._release()
        if self._markers:
            write_bytes(markers_path(name), self._markers)
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

    With `overwrite`, an earlier file is replaced at once. What was written stays, whatever happens, unless it is a head
    without rows; rows are whole.
    """

    in_place = True
    flush_every = 1.0

    _head_size = 0

    @override
    def _create(self) -> Path:
        mode = os.O_TRUNC if self._overwrite else os.O_EXCL
        os.close(os.open(self._real, os.O_CREAT | os.O_WRONLY | mode, 0o666))
        return self._real

    @override
    def _complete(self, *, partial: bool) -> Path:
        return self.target

    @override
    def end_head(self) -> None:
        super().end_head()
        self._head_size = self.part.stat().st_size

    @override
    def _remove(self) -> None:
        if self.part.exists() and self.part.stat().st_size <= self._head_size:
            self.part.unlink()


def check_target(target: Path, *, overwrite: bool) -> None:
    """Check that a result can get its name.

    Args:
        target: The file of the result.
        overwrite: True to replace a file at the target.

    Raises:
        OutputError: The target exists or is not a regular file, its folder does not exist, or the system refuses its
            name.
    """
    try:
        real = Path(os.path.realpath(target))
        if real.is_dir():
            raise OutputError(f"'{target}' is a folder", "name a file in it")
        if not real.parent.is_dir():
            raise OutputError(
                f"'{target}' cannot be written: its folder does not exist", "create the folder, or choose another"
            )
        if real.exists() and not real.is_file():
            raise OutputError(f"'{target}' is not a regular file", "choose another name")
        if real.exists() and not overwrite:
            raise OutputError(f"'{target}' exists already", "replace it with overwrite=True, or choose another name")
    except OSError as error:
        raise write_error(target, error) from error


def keep_unfinished() -> list[Path]:
    """Give every unfinished result a partial name, in a process that ends at once, and return the files."""
    return [path for output in list(_unfinished) if (path := output.keep()) is not None]


def _partial_path(target: Path, number: int) -> Path:
    end = f".partial{f'-{number}' if number > 1 else ''}{target.suffix}"
    stem = target.stem
    while len(os.fsencode(stem + end)) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    return target.with_name(stem + end)
