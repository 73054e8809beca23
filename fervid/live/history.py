"""The last minute of each face's emotions."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FaceReading, FrameReading

SPAN_S: Final = 60.0
"""How far back it goes."""

_EVERY_S: Final = 0.1
_MOST_FACES: Final = 32
# Times are whole ticks of a clock, so a tenth of a second may come out a hair shorter.
_GRACE_S: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One face's emotions over time.

    Attributes:
        face_id: Whose.
        classes: The names of the classes, in the order of the probabilities.
        times: (samples,) float64, in seconds of the source, increasing; a gap in them is a gap in what was seen.
        probabilities: (samples, classes) float32, smoothed.
    """

    face_id: int
    classes: tuple[str, ...]
    times: NDArray[np.float64]
    probabilities: NDArray[np.float32]


class History:
    """Keeps ten samples a second of each face; memory is bounded by time and by the number of faces.

    Any thread may add, and any may look.

    Args:
        span: How far back it goes, in seconds.
        most_faces: Beyond so many, the face that was seen the longest ago goes, or, of those present, the one that came
            last.
    """

    def __init__(self, span: float = SPAN_S, most_faces: int = _MOST_FACES) -> None:
        self._span = span
        self._most_faces = most_faces
        self._lock = threading.Lock()
        self._now = 0.0
        self._samples: dict[int, deque[FaceReading]] = {}

    def add(self, reading: FrameReading) -> None:
        """Take the next frame's faces; what is too old goes."""
        with self._lock:
            for face in reading.faces:
                samples = self._samples.setdefault(face.face_id, deque())
                if not samples or face.time - samples[-1].time >= _EVERY_S - _GRACE_S:
                    samples.append(face)
            self._now = reading.time
            self._forget(reading.time, {face.face_id for face in reading.faces})

    def strips(self, span: float | None = None) -> list[Strip]:
        """A copy of what it holds, in the order of the faces' numbers.

        Args:
            span: Only the last so many seconds before the newest reading; None for all.
        """
        with self._lock:
            since = -math.inf if span is None else self._now - span
            held = {face_id: _since(since, samples) for face_id, samples in sorted(self._samples.items())}
        return [_strip(face_id, samples) for face_id, samples in held.items() if samples]

    def _forget(self, now: float, present: set[int]) -> None:
        for face_id, samples in list(self._samples.items()):
            while samples and samples[0].time < now - self._span:
                samples.popleft()
            if not samples:
                del self._samples[face_id]
        while len(self._samples) > self._most_faces:
            del self._samples[min(self._samples, key=lambda face_id: self._worth(face_id, present))]

    def _worth(self, face_id: int, present: set[int]) -> tuple[bool, float, int]:
        """Of which face one would rather keep the samples."""
        samples = self._samples[face_id]
        return (True, -samples[0].time, -face_id) if face_id in present else (False, samples[-1].time, face_id)


def _since(time: float, samples: deque[FaceReading]) -> list[FaceReading]:
    """The samples from `time` on; those before it, which may be many more, are not looked at."""
    newest = list(takewhile(lambda sample: sample.time >= time, reversed(samples)))
    return newest[::-1]


def _strip(face_id: int, samples: list[FaceReading]) -> Strip:
    return Strip(
        face_id,
        samples[0].classes,
        np.array([sample.time for sample in samples]),
        np.stack([sample.probabilities for sample in samples]),
    )
