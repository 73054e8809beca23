"""Live pictures for browsers: encoded once for all viewers, and only while one looks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Final

from fervid.core.closing import Closing
from fervid.draw.painter import Painter
from fervid.errors import FervidError
from fervid.live.analysis import Live
from fervid.live.meter import Meter
from fervid.live.result import Result
from fervid.run.relay import Relay
from fervid.web.jpeg import live_jpeg

_log = logging.getLogger(__name__)

_IDLE_S: Final = 0.1

_LOOKING_S: Final = 1.0
"""For how long after a viewer has asked another question is expected, and the next picture got ready."""


class Feed(Closing):
    """Takes the newest result, paints and encodes it in a thread of its own, and hands it to all viewers at once.

    A viewer asks for each picture when it has shown the last one, so one that is slow gets fewer, none of them old.

    Args:
        live: What is shown.

    Attributes:
        meter: How fast and how late; a picture counts as shown when it is handed over.
        encoded: How many pictures were encoded so far.
    """

    def __init__(self, live: Live) -> None:
        self.meter = Meter()
        self.encoded = 0
        self._live = live
        self._painter = Painter()
        self._pictures: Relay[bytes] = Relay()
        self._asked = -_LOOKING_S
        self._came = time.monotonic()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="fervid-feed", daemon=True)

    @property
    def silent(self) -> float:
        """For how many seconds no picture has come."""
        return time.monotonic() - self._came

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    async def next(self, seen: int) -> tuple[int, bytes | None]:
        """Wait for a picture that is newer than the one with the number `seen`, as `Relay.after` does.

        Returns:
            Its number, and the picture as JPEG; None where none follows.
        """
        self._asked = time.monotonic()
        return await self._pictures.after(seen)

    def close(self) -> None:
        """End, and tell those who wait. May be called twice."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pictures.end()

    def _watch(self) -> None:
        """The life of the thread."""
        waiting: Result | None = None
        for result in self._results():
            if self._closing.is_set():
                return
            waiting = result or waiting
            if waiting is not None and self._looked_at():
                self._pictures.post(live_jpeg(waiting.frame, waiting.reading, self._painter))
                self.encoded += 1
                waiting = None
            elif result is not None:
                self._pictures.forget()
            if result is not None:
                self._came = result.arrived
                self.meter.shown(result.arrived)

    def _results(self) -> Iterator[Result | None]:
        try:
            yield from self._live.results.watch(_IDLE_S)
        except FervidError as error:  # whoever plays it tells the user
            _log.debug("no more pictures: %s", error)

    def _looked_at(self) -> bool:
        return self._pictures.waiting > 0 or time.monotonic() - self._asked < _LOOKING_S
