"""Settings that belong to the whole process, changed for a while by several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Final


class ProcessSetting:
    """A setting of the whole process, changed while at least one block needs the change.

    Blocks of several threads may overlap and end in any order. If each restored what it had found, the last one could
    leave the change behind.

    Args:
        changed: Returns a context manager that changes the setting, and restores it at its end. It is entered by the
            first block, and left by the last one.
    """

    def __init__(self, changed: Callable[[], AbstractContextManager[None]]) -> None:
        self._changed: Final = changed
        # Reentrant, because garbage collection may end a block in a thread that holds it.
        self._lock = threading.RLock()
        self._blocks = 0
        self._change = ExitStack()

    @contextmanager
    def block(self) -> Iterator[None]:
        """Change the setting during the block."""
        with self._lock:
            if not self._blocks:
                self._change.enter_context(self._changed())
            self._blocks += 1
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                if not self._blocks:
                    self._change.close()
