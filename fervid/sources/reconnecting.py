"""Streams that come back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.sources.base import LiveSource

WAITS: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds to wait before the first, second, ... attempt; the last one before all that follow."""

_log = logging.getLogger(__name__)


class Reconnecting(Closing):
    """A live source that is opened anew whenever it fails or ends, until `stop`.

    Indices go on counting. Times go on too, with the gap as long as it was: the first frame after it comes as much
    later than the last one before as passed between their arrivals.

    Args:
        connect: Opens the source. Its first failure is the caller's; only what has worked once is tried again.
        waits: Seconds before each attempt; a frame that arrives begins them anew.
        wait: Waits so many seconds, or until `stop`; by default for real.

    Attributes:
        reconnections: How often a connection was made after the first.

    Raises:
        SourceError: The first connection fails.
    """

    def __init__(
        self,
        connect: Callable[[], LiveSource],
        *,
        waits: Sequence[float] = WAITS,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._connect = connect
        self._waits = waits
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._attempts = 0
        self._undecodable = 0
        self._index = -1
        self._pts: int | None = None
        self._base: Fraction | None = None
        self._arrived = 0.0
        self._source = connect()
        self.reconnections = 0

    @property
    def name(self) -> str:
        """That of the source."""
        return self._source.name

    @property
    def arrived(self) -> float:
        """When the last frame came."""
        return self._arrived

    @property
    def undecodable(self) -> int:
        """How many packets did not decode so far, over all connections."""
        return self._undecodable + self._source.undecodable

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames of one connection after the other."""
        while not self._stopped.is_set():
            try:
                yield from self._joined()
                problem = f"{self.name} has ended"
            except SourceError as error:
                problem = error.problem
            self._source.close()
            self._come_back(problem)

    def stop(self) -> None:
        """Ask the reader to leave, also where it waits for the next attempt."""
        self._stopped.set()
        self._source.stop()

    def close(self) -> None:
        """Let go of the connection."""
        self._source.close()

    def _joined(self) -> Iterator[Frame]:
        """The frames of this connection, joined on to those before it."""
        shift: int | None = None
        for frame in self._source:
            arrived = self._source.arrived
            self._base = self._base or frame.time_base
            pts = round(frame.pts * frame.time_base / self._base)
            if shift is None:
                shift = self._shift(pts, arrived, self._base)
            self._attempts = 0
            self._index, self._pts, self._arrived = self._index + 1, pts + shift, arrived
            yield Frame(frame.image, self._index, self._pts, self._base)

    def _shift(self, pts: int, arrived: float, base: Fraction) -> int:
        """What puts the first frame of a connection, in time, as far behind the last one before as it arrived."""
        if self._pts is None:
            return 0
        return self._pts + max(1, round((arrived - self._arrived) / base)) - pts

    def _come_back(self, problem: str) -> None:
        """Wait and try until there is a connection again, or until `stop`."""
        while not self._stopped.is_set():
            seconds = self._waits[min(self._attempts, len(self._waits) - 1)]
            self._attempts += 1
            _log.warning("%s; connecting again in %g s", problem, seconds)
            self._wait(seconds)
            if self._stopped.is_set():
                return
            try:
                source = self._connect()
            except SourceError as error:
                problem = error.problem
                continue
            self._undecodable += self._source.undecodable
            self._source = source
            self.reconnections += 1
            return
