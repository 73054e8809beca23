"""What every writer is."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

from fervid.core.readings import Frame, FrameReading


class Writer(Protocol):
    """Writes what was read to one place, frame after frame, in order.

    It writes to a temporary name beside its target. `finish` makes that whole and gives it the target's name;
    `discard` removes it and leaves what was there before. As a context manager it discards unless `finish` was called.
    """

    @property
    def target(self) -> Path | None:
        """Where the result will be; None for standard output."""
        ...

    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Take the next frame with what was read in it.

        Raises:
            OutputError: It cannot be written; the disk is full, say.
        """
        ...

    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the file, so that it plays or parses, and give it its name.

        Args:
            partial: The run was interrupted. A file that was at the target before stays there, and the result goes to
                ``NAME.partial.SUFFIX`` beside it; otherwise the result gets the target's name all the same.

        Returns:
            Where the result is; None for standard output, or where there was no picture to write.

        Raises:
            OutputError: It cannot be completed; what was there before is untouched, the temporary file is removed.
        """
        ...

    def discard(self) -> None:
        """Remove what was written so far. Does nothing after `finish`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
