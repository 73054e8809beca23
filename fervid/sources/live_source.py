"""What every live source is, and the clock of those that bring none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final, Protocol

from fervid.core.closing import Closing
from fervid.core.readings import Frame

MICROSECOND: Final = Fraction(1, 1_000_000)
"""The unit of time stamps that are taken at arrival."""

Now = Callable[[], float]
"""A monotonic clock in seconds."""


class LiveSource(Closing, Protocol):
    """Frames that come when they come: each is yielded as soon as it is there, and the reader must keep up.

    Times never go back. The size of the pictures, and their rate, may change at any frame.
    """

    @property
    def name(self) -> str:
        """What messages call it; never with a password."""
        ...

    @property
    def undecodable(self) -> int:
        """How many packets or pictures did not decode so far; they have no frame."""
        ...

    @property
    def arrived(self) -> float:
        """When the frame that was yielded last came, still encoded, in seconds of the monotonic clock."""
        ...

    def __iter__(self) -> Iterator[Frame]:
        """Wait for frame after frame, until the source ends or `stop` is called.

        Raises:
            SourceError: It was unplugged, fell silent, or broke off.
        """
        ...

    def stop(self) -> None:
        """Ask the reader to leave; from any thread, once or more.

        It leaves with the next picture, or when the source is taken for silent.
        """
        ...

    def close(self) -> None:
        """Let go. May be called twice, and from a thread other than the reader's once that has ended."""
        ...


class ArrivalClock:
    """Stamps frames with the time at which they came, from 0, each later than the one before."""

    def __init__(self) -> None:
        self._start: float | None = None
        self._last = -1

    def stamp(self, arrived: float) -> int:
        """The stamp of the next frame, in units of `MICROSECOND`.

        Args:
            arrived: When it came, in seconds.
        """
        if self._start is None:
            self._start = arrived
        self._last = max(self._last + 1, round((arrived - self._start) / MICROSECOND))
        return self._last
