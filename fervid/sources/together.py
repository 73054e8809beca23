"""Several live sources, opened at once, so that none waits for another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from fervid.sources.base import LiveSource

_POLL_S = 0.1
"""The interval in seconds at which the waiting thread lets Python handle signals; Windows needs it."""


def open_together(connects: Sequence[Callable[[], LiveSource]]) -> list[LiveSource]:
    """Open sources at the same time, and return them in the order of the functions that open them.

    A single one is opened in the calling thread, which an exception of a signal then interrupts.

    Raises:
        SourceError: A source cannot be opened; the others are closed.
    """
    if len(connects) == 1:
        return [connects[0]()]
    openings = [_Opening(connect) for connect in connects]
    try:
        return [opening.result() for opening in openings]
    except BaseException:
        for opening in openings:
            opening.abandon()
        raise


class _Opening:
    """A source that is being opened in a thread of its own.

    Args:
        connect: Opens the source.
    """

    def __init__(self, connect: Callable[[], LiveSource]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._source: LiveSource | None = None
        self._error: BaseException | None = None
        self._abandoned = False
        self._thread = threading.Thread(target=self._open, name="fervid-open", daemon=True)
        self._thread.start()

    def result(self) -> LiveSource:
        """Wait for the source, and return it.

        Raises:
            BaseException: It cannot be opened.
        """
        while self._thread.is_alive():
            self._thread.join(_POLL_S)
        if self._error is not None:
            raise self._error
        assert self._source is not None
        return self._source

    def abandon(self) -> None:
        """Close the source, now or as soon as it is open."""
        with self._lock:
            self._abandoned = True
            if self._source is not None:
                self._source.close()

    def _open(self) -> None:
        try:
            source = self._connect()
        except BaseException as error:  # the waiting thread raises it
            self._error = error
            return
        with self._lock:
            self._source = source
            if self._abandoned:
                source.close()
