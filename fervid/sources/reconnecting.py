"""Live sources that are waited for, and opened again after a failure."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.sources.base import AbsentError, LiveSource

WAITS: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds to wait before the first attempt, the second, and so on; the last value holds for all that follow."""

_log = logging.getLogger(__name__)


class Reconnecting(Closing):
    """A live source that is waited for, and opened again whenever it fails or ends, until `stop`.

    Indices continue over all connections. So do times: between the last frame of one connection and the first of the
    next lies the time that passed between their arrivals.

    Args:
        connect: Opens the source. Before it has opened once, only an `AbsentError` makes it wait and try again.
        waits: Seconds to wait before each attempt. After a frame has arrived, they start again with the first.
        wait: Waits for a number of seconds, or until `stop`. By default it really waits; tests pass another function.
        absent: The name of the source while it has not been there yet, which then is waited for within the loop; None
            to wait for it here.

    Attributes:
        reconnections: The number of connections made after the first.

    Raises:
        SourceError: The first connection fails for a reason that waiting does not change, such as a missing password.
    """

    def __init__(
        self,
        connect: Callable[[], LiveSource],
        *,
        waits: Sequence[float] = WAITS,
        wait: Callable[[float], object] | None = None,
        absent: str | None = None,
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
        self._absent = absent
        self._source: LiveSource | None = None
        self._problem = ""
        self.reconnections = 0
        while self._source is None:
            try:
                self._source = connect()
            except AbsentError as error:
                # Only the first message names the remedy: the address may be wrong.
                self._problem = error.problem if self._attempts else str(error)
                if absent is not None:
                    break
                self._pause(self._problem, "trying again")

    @property
    def name(self) -> str:
        """The name of the source."""
        return self._absent or "" if self._source is None else self._source.name

    @property
    def arrived(self) -> float:
        """The time at which the last frame arrived, in seconds of the monotonic clock."""
        return self._arrived

    @property
    def undecodable(self) -> int:
        """The number of packets that did not decode so far, over all connections."""
        return self._undecodable + (0 if self._source is None else self._source.undecodable)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the frames of one connection after the other, until `stop` is called.

        Raises:
            SourceError: The first connection fails for a reason that waiting does not change.
        """
        if self._source is None:
            self._reconnect(self._problem, "trying again")
            self.reconnections = 0
        while not self._stopped.is_set() and self._source is not None:
            try:
                yield from self._connection_frames(self._source)
                problem = f"{self.name} has ended"
            except SourceError as error:
                problem = error.problem
            self._source.close()
            self._reconnect(problem, "reconnecting")

    def stop(self) -> None:
        """Ask the reading thread to leave its loop, even while it waits for the next attempt."""
        self._stopped.set()
        if self._source is not None:
            self._source.stop()

    def close(self) -> None:
        """Close the connection."""
        if self._source is not None:
            self._source.close()

    def _connection_frames(self, source: LiveSource) -> Iterator[Frame]:
        """Yield the frames of this connection, with indices and times that continue those before."""
        shift: int | None = None
        for frame in source:
            arrived = source.arrived
            self._base = self._base or frame.time_base
            pts = round(frame.pts * frame.time_base / self._base)
            if shift is None:
                shift = self._shift(pts, arrived, self._base)
            self._attempts = 0
            self._index, self._pts, self._arrived = self._index + 1, pts + shift, arrived
            yield replace(frame, index=self._index, pts=self._pts, time_base=self._base)

    def _shift(self, pts: int, arrived: float, base: Fraction) -> int:
        """Return the shift of this connection's times that keeps the gap to the last frame as long as it was."""
        if self._pts is None:
            return 0
        return self._pts + max(1, round((arrived - self._arrived) / base)) - pts

    def _reconnect(self, problem: str, action: str) -> None:
        """Wait and open the source, until that succeeds or `stop` is called."""
        while not self._stopped.is_set():
            self._pause(problem, action)
            if self._stopped.is_set():
                return
            try:
                source = self._connect()
            except SourceError as error:
                if self._source is None and not isinstance(error, AbsentError):
                    raise
                problem = error.problem
                continue
            self._undecodable = self.undecodable
            self._source = source
            self.reconnections += 1
            return

    def _pause(self, problem: str, action: str) -> None:
        """Report a failure, and wait before the next attempt, longer after each one."""
        seconds = self._waits[min(self._attempts, len(self._waits) - 1)]
        self._attempts += 1
        _log.warning("%s; %s in %g s", problem, action, seconds)
        self._wait(seconds)
