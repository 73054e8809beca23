"""The thread that feeds an outlet, for which the analysis never waits."""

from __future__ import annotations

import logging
import threading
from typing import Final

from fervid.core.closing import Closing
from fervid.core.failures import to_fervid_error
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
        self._frames: DroppingChannel[tuple[Frame, FrameReading, float]] = DroppingChannel(destination.capacity)
        self._failed = 0
        self._thread = threading.Thread(target=self._run, name="fervid-send", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """The number of frames that were not sent, because the outlet was too slow or failed."""
        return self._frames.dropped + self._failed

    @property
    def pending(self) -> int:
        """The number of frames that wait to be sent."""
        return self._frames.waiting

    def put(self, frame: Frame, reading: FrameReading, arrived: float) -> None:
        """Queue the next frame without waiting; see `Outlet.send`. After `close`, the frame is ignored."""
        self._frames.put((frame, reading, arrived))

    def close(self) -> None:
        """Send the queued frames, then close the outlet. May be called more than once."""
        self._frames.end()
        self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        has_failed = False
        try:
            for frame, reading, arrived in self._frames:
                try:
                    self._outlet.send(frame, reading, arrived)
                    has_failed = False
                except Exception as error:  # a receiver that is away must not end the analysis, and may come back
                    self._failed += 1
                    if not has_failed:
                        _log.warning("%s does not get the frames: %s", self.name, to_fervid_error(error))
                    has_failed = True
        finally:
            self._frames.cancel()
            self._outlet.close()
