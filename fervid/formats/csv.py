"""A timeline as CSV: one row a face and frame."""

from __future__ import annotations

import codecs
import csv
from contextlib import suppress
from pathlib import Path

from typing_extensions import override

from fervid.core.readings import Frame, FrameReading
from fervid.formats.output import FileWriter, Output, StandardOutput
from fervid.formats.rows import header, rows


class CsvWriter(FileWriter):
    """Writes RFC 4180, UTF-8 without a byte order mark, row by row; docs/timeline.md describes the columns.

    A frame without a face gives a row with empty face fields. A frame that was not analysed gives none. Lines end in
    CR LF, as the standard has it, on every system and on standard output too.

    Args:
        target: Where to; None for standard output. There, a reader who leaves early (``| head``) is no failure of the
            output: `BrokenPipeError` passes through as it is.
        classes: The names of the classes, in the order of the engine.
        empty: Whether frames without a face are written.
        overwrite: Whether a file at `target` may be replaced.

    Raises:
        OutputError: The target exists, or its folder is missing or refuses.
    """

    def __init__(
        self, target: Path | None, classes: tuple[str, ...], *, empty: bool = True, overwrite: bool = False
    ) -> None:
        super().__init__(StandardOutput() if target is None else Output(target, overwrite=overwrite))
        self._classes = classes
        self._empty = empty
        self._begun = False
        self._stream = self._output.open()
        self._rows = csv.writer(codecs.getwriter("utf-8")(self._stream))

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write the rows of the next frame; see `Writer.write`."""
        self.append(reading)

    def append(self, reading: FrameReading) -> None:
        """Write the rows of the next frame, for which no picture is needed.

        Raises:
            OutputError: It cannot be written; the disk is full, say.
        """
        with self._output.guard():
            self._begin()
            if reading.analysed and (reading.faces or self._empty):
                self._rows.writerows(rows(reading, self._classes))
            if self.target is None:
                self._stream.flush()

    def _begin(self) -> None:
        # Not before the first frame, so that a source which gives none leaves standard output silent.
        if not self._begun:
            self._begun = True
            self._rows.writerow(header(self._classes))

    @override
    def _close(self, *, partial: bool) -> None:
        self._begin()
        self._stream.flush()
        if self.target is not None:
            self._stream.close()

    @override
    def _abandon(self) -> None:
        if self.target is not None:
            # What the buffer still holds finds no room on a full disk; the descriptor is shut all the same.
            with suppress(OSError):
                self._stream.close()
