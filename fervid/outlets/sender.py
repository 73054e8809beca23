"""The thread that feeds an outlet, for which the analysis never waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

from fervid.core.closing import Closing
from fervid.core.failures import to_fervid_error
from fervid.core.markers import Marker
from fervid.core.readings import Frame, FrameReading
from fervid.outlets.base import Destination, Origin
from fervid.run.channel import DroppingChannel

_log = logging.getLogger(__name__)

_PATIENCE_S: Final = 2.0
"""The longest time to wait for the last frames at the end. A receiver that blocks must not keep the program alive."""


class Sender(Closing):
    """An outlet in a thread of its own, with a bounded queue. Frames that come too fast for it are dropped and counted.

    A frame that cannot be sent counts as dropped too, and the next one is tried. The first of several failures in a row
    is logged.

    Args:
        destination: Opens the outlet; `close` closes that.
        origin: The things that the outlet is told about the analysis.

    Attributes:
        name: The name of the destination.

    Raises:
        FervidError: The outlet cannot be opened.
    """

    def __init__(self, destination: Destination, origin: Origin) -> None:
        self.name = destination.name
        self._outlet = destination.open(origin)
        self._queue: DroppingChannel[Callable[[], None]] = DroppingChannel(destination.capacity)
        self._failed = 0
        self._thread = threading.Thread(target=self._run, name="fervid-send", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """The number of frames that were not sent, because the outlet was too slow or failed."""
        return self._queue.dropped + self._failed

    @property
    def pending(self) -> int:
        """The number of frames that wait to be sent."""
        return self._queue.waiting

    def put(self, frame: Frame, reading: FrameReading, arrived: float) -> None:
        """Queue the next frame without waiting; see `Outlet.send`. After `close`, the frame is ignored."""
        self._queue.put(partial(self._outlet.send, frame, reading, arrived))

    def mark(self, marker: Marker) -> None:
        """Queue a marker without waiting; see `Outlet.mark`."""
        self._queue.put(partial(self._outlet.mark, marker))

    def close(self) -> None:
        """Send the queued frames, then close the outlet. May be called more than once."""
        self._queue.end()
        self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        has_failed = False
        try:
            for send in self._queue:
                try:
                    send()
                    has_failed = False
                except Exception as error:  # a receiver that is away must not end the analysis, and may come back
                    self._failed += 1
                    if not has_failed:
                        _log.warning("%s does not get the frames: %s", self.name, to_fervid_error(error))
                    has_failed = True
        finally:
            self._queue.cancel()
            self._outlet.close()
