"""The base classes of all writers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType

from typing_extensions import Self, override

from fervid.core.interrupts import uninterrupted
from fervid.core.readings import Frame, FrameReading
from fervid.formats.output import Output


class FileWriter(ABC):
    """A writer of one result. The writer decides what is written, its output under which name and when.

    Args:
        output: The place that the result is written to.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._open = True

    @property
    def target(self) -> Path | None:
        """The file of the result; None where the result is no file."""
        return self._output.target

    @abstractmethod
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write the next frame and its reading; see `Writer.write`."""

    def finish(self, *, partial: bool = False) -> Path | None:
        """Complete the result and give it its name; see `Writer.finish`. Ctrl-C takes effect when that is done."""
        with uninterrupted():
            try:
                with self._output.guard():
                    self._write_end(partial=partial)
            except BaseException:
                self.discard()
                raise
            self._open = False
            return self._output.commit(partial=partial)

    def discard(self) -> None:
        """Remove what was written so far. Has no effect after `finish`."""
        if self._open:
            self._open = False
            self._close()
            self._output.discard()

    def _write_end(self, *, partial: bool) -> None:  # noqa: B027 - most formats have nothing to add
        """Write what a complete file needs after its last frame."""

    def _close(self) -> None:  # noqa: B027 - most writers hold nothing but the output
        """Close what is open beside the output. Must not raise, even if `_write_end` failed before."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


class TimelineWriter(FileWriter):
    """A writer of readings without frames. A format overrides `_append`, which writes one reading to `_stream`.

    Args:
        output: The place that the result is written to.
    """

    def __init__(self, output: Output) -> None:
        super().__init__(output)
        self._stream = output.open()

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write the reading of the next frame; see `Writer.write`."""
        self.append(reading)

    def append(self, reading: FrameReading) -> None:
        """Write the reading of the next frame.

        Raises:
            OutputError: The result cannot be written, for example because the disk is full.
        """
        with self._output.guard():
            self._append(reading)
            self._output.flush_when_due()

    @abstractmethod
    def _append(self, reading: FrameReading) -> None:
        """Write one reading to `_stream`."""
