"""A table over still pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fervid.core.closing import Closing
from fervid.formats.base import Format
from fervid.formats.output import Output
from fervid.formats.strengths import PhotoReading


class PhotoTable(Closing):
    """One table over all pictures, written at the end.

    Args:
        output: Where it goes.
        format: A format of tables.
    """

    def __init__(self, output: Output, format: Format) -> None:
        self._output = output
        self._format = format

    def finish(self, photos: Sequence[PhotoReading], classes: tuple[str, ...], *, partial: bool = False) -> Path | None:
        """Write the table and give it its name, as `Writer.finish` says.

        Args:
            photos: The pictures, in order.
            classes: The names of the classes, in the order of the engine.
            partial: Whether the run was interrupted.

        Returns:
            Where the table is; None for standard output.

        Raises:
            OutputError: It cannot be written; what was there before is untouched.
        """
        content = self._format.table(photos, classes).encode()
        with self._output.guard():
            self._output.open().write(content)
        return self._output.commit(partial=partial)

    def close(self) -> None:
        """Remove what is not finished."""
        self._output.discard()
