"""A piece of sound with its time: what microphones and streams give, and recordings take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

SOUND_RATE: Final = 48_000
"""The sample rate of every chunk, in samples a second."""


@dataclass(frozen=True, slots=True, eq=False)
class SoundChunk:
    """Some samples of sound in a row.

    Attributes:
        samples: (samples, channels) float32 in [-1, 1] at `SOUND_RATE`, with one channel or two.
        time: The time of the first sample in seconds, on a clock that whoever gives the chunk names.
    """

    samples: NDArray[np.float32]
    time: float

    @property
    def end(self) -> float:
        """The time at which the last sample ends, in seconds."""
        return self.time + len(self.samples) / SOUND_RATE

    def moved(self, seconds: float) -> SoundChunk:
        """Return the chunk on a clock that is ahead by `seconds`."""
        return replace(self, time=self.time + seconds)

    def silent(self) -> SoundChunk:
        """Return a chunk of silence at the same time."""
        return replace(self, samples=np.zeros_like(self.samples))
