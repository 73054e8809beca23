"""The newest frame of a live source, without any analysis."""

from __future__ import annotations

import threading

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.run.board import Board
from fervid.sources.base import LiveSource


class Preview(Closing):
    """The newest frame of a live source, which is read in a thread of its own.

    Args:
        source: The source. It is closed with the preview.

    Attributes:
        frames: The newest frame. An error of the source is raised for every watcher.
    """

    def __init__(self, source: LiveSource) -> None:
        self.frames: Board[Frame] = Board()
        self._source = source
        self._thread = threading.Thread(target=self._read, name="fervid-capture", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """The name of the source, to use in messages."""
        return self._source.name

    def close(self) -> None:
        """End the thread and close the source. May be called more than once."""
        self._source.stop()
        self._thread.join()
        self._source.close()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for frame in self._source:
                self.frames.post(frame)
        except BaseException as failed:  # the watchers raise it, because nobody would see it in this thread
            error = failed
        finally:
            self.frames.end(error)
