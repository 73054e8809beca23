"""The live picture for browsers, encoded once for all viewers and only while there is one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from typing import Final

from fervid.core.closing import Closing
from fervid.live.analysis import LiveAnalysis, Result
from fervid.live.meter import Meter
from fervid.run.board import Relay
from fervid.web.jpeg import live_jpeg

_log = logging.getLogger(__name__)

_IDLE_S: Final = 0.1

_LOOKING_S: Final = 1.0
"""The seconds after a viewer's request within which another one is expected and the next picture is prepared."""


class Feed(Closing):
    """A thread that paints and encodes the newest result and hands it to all viewers.

    A viewer requests each picture after showing the previous one, so a slow viewer gets fewer pictures, none of them
    old.

    Args:
        live: The live analysis.

    Attributes:
        meter: Frame rate and latency; a picture counts as shown when it is handed over.
        encoded: The number of pictures encoded so far.
    """

    def __init__(self, live: LiveAnalysis) -> None:
        self.meter = Meter()
        self.encoded = 0
        self._live = live
        self._painter = live.painter()
        self._pictures: Relay[bytes] = Relay()
        self._asked = -_LOOKING_S
        self._came = time.monotonic()
        self._has_warned = False
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="fervid-feed", daemon=True)

    @property
    def silent(self) -> float:
        """The seconds since the last picture arrived."""
        return time.monotonic() - self._came

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    async def next(self, seen: int) -> tuple[int, bytes | None]:
        """Wait for a picture newer than number `seen`; see `Relay.after`.

        Returns:
            The number and the picture as JPEG; None if no picture follows.
        """
        self._asked = time.monotonic()
        return await self._pictures.after(seen)

    def close(self) -> None:
        """Stop the thread and release waiting viewers. May be called twice."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pictures.end()

    def _watch(self) -> None:
        """Run the thread."""
        waiting: Result | None = None
        for result in self._results():
            if self._closing.is_set():
                return
            waiting = result or waiting
            if waiting is not None and self._looked_at():
                self._post(waiting)
                waiting = None
            elif result is not None:
                self._pictures.forget()
            if result is not None:
                self._came = result.arrived
                self.meter.add(result.arrived)

    def _post(self, result: Result) -> None:
        """Encode a picture and hand it over; leave it out if that fails, so that the page shows the next one."""
        try:
            self._pictures.post(live_jpeg(result.frame, result.reading, self._painter))
            self.encoded += 1
        except Exception as error:  # a defect, which must cost the page a picture and not all that follow
            if not self._has_warned:
                self._has_warned = True
                _log.error("a picture for the page could not be painted (%s: %s)", type(error).__name__, error)

    def _results(self) -> Iterator[Result | None]:
        try:
            yield from self._live.results.watch(_IDLE_S)
        except Exception as error:  # whoever plays the analysis reports it, whatever it is
            _log.debug("no more pictures: %s", error)

    def _looked_at(self) -> bool:
        return self._pictures.waiting > 0 or time.monotonic() - self._asked < _LOOKING_S
