"""The newest frame of a live source, with nothing read in it."""

from __future__ import annotations

import threading

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.run.board import Board
from fervid.sources.base import LiveSource


class Preview(Closing):
    """Reads a live source in a thread of its own; any number may watch.

    Args:
        source: Where frames come from; closed with this.

    Attributes:
        frames: The newest frame; what went wrong with the source reaches whoever watches.
    """

    def __init__(self, source: LiveSource) -> None:
        self.frames: Board[Frame] = Board()
        self._source = source
        self._thread = threading.Thread(target=self._read, name="fervid-capture", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """What messages call the source."""
        return self._source.name

    def close(self) -> None:
        """End the thread and let go of the source. May be called twice."""
        self._source.stop()
        self._thread.join()
        self._source.close()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for frame in self._source:
                self.frames.post(frame)
        except BaseException as failed:  # it is the watchers': a thread has nobody to raise to
            error = failed
        finally:
            self.frames.end(error)
