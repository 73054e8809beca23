"""The difference between the clock of a sender and that of this machine, from what arrives."""

from __future__ import annotations

from collections import deque
from typing import Final

_BLOCK_S: Final = 1.0
_WINDOW_BLOCKS: Final = 10
_JUMP_S: Final = 0.05


class ArrivalOffset:
    """The seconds to add to the times of a sender to get those of this machine.

    A thing may arrive late and never early, so the smallest difference between arrival and time is the truest. It is
    taken over the last ten seconds, so that it follows a clock that runs faster or slower: by 2 ms behind at most,
    where they differ by 200 millionths. A sender that has lost something, and so is behind from then on, is noticed
    after two seconds.
    """

    def __init__(self) -> None:
        self._smallest: deque[tuple[int, float]] = deque()

    @property
    def seconds(self) -> float | None:
        """The difference in seconds; None before the first arrival."""
        return min((difference for _, difference in self._smallest), default=None)

    def observe(self, time: float, arrived: float) -> None:
        """Note an arrival.

        Args:
            time: The time on the clock of the sender, in seconds.
            arrived: The time at which the thing of that time arrived, in seconds of the clock of this machine.
        """
        block, difference = int(arrived // _BLOCK_S), arrived - time
        if self._smallest and self._smallest[-1][0] == block:
            self._smallest[-1] = block, min(difference, self._smallest[-1][1])
            return
        self._forget(block)
        self._smallest.append((block, difference))

    def _forget(self, block: int) -> None:
        """Forget what is out of date when a new block begins."""
        while self._smallest and self._smallest[0][0] <= block - _WINDOW_BLOCKS:
            self._smallest.popleft()
        differences = [difference for _, difference in self._smallest]
        if len(differences) > 2 and min(differences[-2:]) > min(differences[:-2]) + _JUMP_S:
            self._smallest = deque(list(self._smallest)[-2:])
