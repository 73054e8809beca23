"""Results that have their own name from the beginning."""

from __future__ import annotations

import os
from pathlib import Path

from typing_extensions import override

from fervid.formats.output import Output


class InPlace(Output):
    """A file that can be used at every moment of its making, and so is found under its name even after a kill.

    Everything that would refuse it is checked here. What was there before is gone at once, where that is allowed.

    Args:
        target: Where the result will be.
        overwrite: Whether a file that is there may be replaced.

    Raises:
        OutputError: The target exists, is no file, or its folder is missing or refuses.
    """

    @override
    def _created(self) -> Path:
        begin = os.O_TRUNC if self._overwrite else os.O_EXCL
        os.close(os.open(self._real, os.O_CREAT | os.O_WRONLY | begin, 0o666))
        return self._real

    @override
    def commit(self, *, partial: bool = False) -> Path:
        """The target: it has its name already."""
        return self.target

    @override
    def discard(self) -> None:
        """Remove the file where nothing was written to it; what was recorded stays."""
        if self.part.exists() and not self.part.stat().st_size:
            self.part.unlink()
