"""Recorded sources played at their own speed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.sources.base import Source
from fervid.video.clock import Now


class Paced(Closing):
    """Gives each frame of a file when its time has come, as a `LiveSource`.

    Args:
        source: What to play; closed with this.
        now: A monotonic clock in seconds.
        wait: Waits so many seconds, or until `stop`; by default for real.
    """

    def __init__(
        self, source: Source, *, now: Now = time.monotonic, wait: Callable[[float], object] | None = None
    ) -> None:
        self.arrived = 0.0
        self._source = source
        self._now = now
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self._source.info.path)

    @property
    def undecodable(self) -> int:
        """How many packets or pictures did not decode so far."""
        return self._source.undecodable

    def __iter__(self) -> Iterator[Frame]:
        """Wait for each frame's time. A frame that is late is given at once, and the next one again in time.

        Raises:
            SourceError: Not a single frame can be had.
        """
        start: float | None = None
        for frame in self._source:
            if start is None:
                start = self._now() - frame.time
            early = start + frame.time - self._now()
            if early > 0:
                self._wait(early)
            if self._stopped.is_set():
                return
            self.arrived = self._now()
            yield frame

    def stop(self) -> None:
        """Ask the reader to leave, which it does at once."""
        self._stopped.set()

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()
