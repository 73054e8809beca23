"""The ways that all writers share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType

from typing_extensions import Self, override

from fervid.core.readings import Frame, FrameReading
from fervid.formats.output import Output


class FileWriter(ABC):
    """A writer of one result: it decides what is written, its output how that comes into being.

    Args:
        output: Where the result goes.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._open = True

    @property
    def target(self) -> Path | None:
        """Where the result will be; None where it is no file."""
        return self._output.target

    @abstractmethod
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write the next frame and what was read in it; see `Writer.write`."""

    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the result and give it its name; see `Writer.finish`."""
        try:
            with self._output.guard():
                self._end(partial=partial)
        except BaseException:
            self.discard()
            raise
        self._open = False
        return self._output.commit(partial=partial)

    def discard(self) -> None:
        """Take back what was written so far. Does nothing after `finish`."""
        if self._open:
            self._open = False
            self._abandon()
            self._output.discard()

    def _end(self, *, partial: bool) -> None:  # noqa: B027 - most formats have nothing to add
        """Write what is missing at the end."""

    def _abandon(self) -> None:  # noqa: B027 - most writers hold nothing but the output
        """Let go of what is open beside the output, whatever its state; never raises, even after a failed `_end`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


class TimelineWriter(FileWriter):
    """A writer of readings alone, which needs no frames. A format says in `_append` how a reading is written.

    Args:
        output: Where the result goes.
    """

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._stream = output.open()

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write what was read in the next frame; see `Writer.write`."""
        self.append(reading)

    def append(self, reading: FrameReading) -> None:
        """Write what was read in the next frame.

        Raises:
            OutputError: It cannot be written; the disk is full, say.
        """
        with self._output.guard():
            self._append(reading)
            self._output.flush_when_due()

    @abstractmethod
    def _append(self, reading: FrameReading) -> None:
        """Write a reading to `_stream`."""
