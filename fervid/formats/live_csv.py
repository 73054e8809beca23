"""A timeline that is written as it happens."""

from __future__ import annotations

import codecs
import csv
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from typing_extensions import override

from fervid.core.readings import Frame, FrameReading
from fervid.formats.in_place import InPlace
from fervid.formats.output import FileWriter
from fervid.formats.rows import header, rows

_FLUSH_S: Final = 1.0


class LiveCsvWriter(FileWriter):
    """Writes the rows that `CsvWriter` does, into a file that is whole up to the last second at every moment.

    Args:
        target: Where to.
        classes: The names of the classes, in the order of the engine.
        overwrite: Whether a file at `target` may be replaced.
        now: A monotonic clock in seconds.

    Raises:
        OutputError: The target exists, or its folder is missing or refuses.
    """

    def __init__(
        self,
        target: Path,
        classes: tuple[str, ...],
        *,
        overwrite: bool = False,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(InPlace(target, overwrite=overwrite))
        self._classes = classes
        self._now = now
        self._flushed = now()
        self._stream = self._output.open()
        self._rows = csv.writer(codecs.getwriter("utf-8")(self._stream))
        with self._output.guard():
            self._rows.writerow(header(classes))
            self._stream.flush()

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Write the rows of the next frame; see `Writer.write`."""
        with self._output.guard():
            if reading.analysed:
                self._rows.writerows(rows(reading, self._classes))
            if self._now() - self._flushed >= _FLUSH_S:
                self._stream.flush()
                self._flushed = self._now()

    @override
    def _close(self, *, partial: bool) -> None:
        self._stream.close()

    @override
    def _abandon(self) -> None:
        # What the buffer still holds finds no room on a full disk; the descriptor is shut all the same.
        with suppress(OSError):
            self._stream.close()
