"""The times of sound on the clock of the pictures, which goes on where the clock of the file restarts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

_RESTART: Final = Fraction(1, 2)
"""Seconds behind the packet before it at which a packet of sound belongs to a restarted clock.

Pictures a whole second behind restart the clock (`fervid.video.clock.Clock`), and sound may end some time before or
after them.
"""

_PATIENCE: Final = Fraction(2)
"""Seconds after which pictures that have not restarted will not do so for sound that jumped back."""


class SoundClock:
    """Shifts the times of sound as those of the pictures are shifted, after each restart of the clock of the file.

    Each track passes a restart at a packet of its own, so each has its own place in the list of shifts. A track that
    begins late is compared with the others at first.
    """

    def __init__(self) -> None:
        self._shifts: tuple[Fraction, ...] = (Fraction(0),)
        self._reached: Fraction | None = Fraction(0)
        self._restarts: dict[int, int] = {}
        self._last: dict[int, Fraction] = {}

    def follow(self, reached: Fraction, shifts: Sequence[Fraction]) -> None:
        """Note how far the pictures are.

        Args:
            reached: The time of the last picture, in seconds.
            shifts: The seconds added to the times of the pictures after each restart so far.
        """
        self._reached = reached
        self._shifts = (Fraction(0), *shifts)

    def end(self) -> None:
        """Note that no further pictures come."""
        self._reached = None

    def shift(self, track: int, time: Fraction) -> Fraction | None:
        """Return the seconds to add to the time of the next packet of a track.

        Args:
            track: The index of the track.
            time: The time of the packet on the clock of the file, in seconds.

        Returns:
            The shift; None if the packet may belong to a clock that the pictures have not reached yet.
        """
        last = self._last.get(track, max(self._last.values(), default=None))
        restarts = self._restarts.get(track, 0)
        while last is not None and time + self._shifts[restarts] <= last - _RESTART:
            if restarts + 1 < len(self._shifts):
                restarts += 1
            elif self._reached is not None and self._reached <= last + _PATIENCE:
                return None
            else:
                break
        self._restarts[track] = restarts
        shift = self._shifts[restarts]
        self._last[track] = time + shift if last is None else max(last, time + shift)
        return shift
