"""Recording beside the analysis, without ever making it wait."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from fervid.formats.base import Writer
from fervid.live.result import Result
from fervid.run.channel import DroppingChannel

_WAITING: Final = 16
"""Frames that may wait for the disk: half a second evens out its usual pauses; each costs a full picture of memory."""


class Recorder:
    """Hands results to a writer in a thread of its own; those that the writer is too slow for are dropped and counted.

    Args:
        writer: What to write to; finished with this.
        waiting: How many results may wait.
    """

    def __init__(self, writer: Writer, waiting: int = _WAITING) -> None:
        self._writer = writer
        self._results: DroppingChannel[Result] = DroppingChannel(waiting)
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._finished = False
        self._path: Path | None = None
        self._thread = threading.Thread(target=self._write, name="fervid-record", daemon=True)
        self._thread.start()

    @property
    def target(self) -> Path | None:
        """Where the recording is."""
        return self._writer.target

    @property
    def dropped(self) -> int:
        """How many results the writer was too slow for."""
        return self._results.dropped

    def put(self, result: Result) -> None:
        """Hand over the next result, at once; one that comes after `finish` is let go.

        Raises:
            BaseException: What went wrong in writing those before; a full disk, say.
        """
        if not self._results.put(result) and self._error is not None:
            raise self._error

    def finish(self) -> Path | None:
        """Write what waits and complete the recording; a second call only tells where it is.

        Returns:
            Where it is; None where nothing came to be recorded.

        Raises:
            BaseException: What went wrong in writing or completing it; what was written before stays.
        """
        with self._lock:
            self._results.end()
            self._thread.join()
            if not self._finished:
                self._finished = True
                if self._error is not None:
                    self._writer.discard()  # what a live writer has written stays
                    raise self._error
                self._path = self._writer.finish()
            return self._path

    def _write(self) -> None:
        try:
            for result in self._results:
                self._writer.write(result.frame, result.reading)
        except BaseException as error:  # it is the analysis's, which hears of it with its next result
            self._error = error
        finally:
            self._results.cancel()
