"""The emotions of each face over the last minute."""

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
"""The default length of time that is kept, in seconds."""

GAP_S: Final = 0.5
"""The time between two samples of a face, in seconds, beyond which it was not detected meanwhile, unless all readings
are slow."""

_LONGEST_GAP_S: Final = 5.0
_USUAL_INTERVALS: Final = 2.5
"""A gap is longer than so many usual intervals between readings: two readings that follow each other are none."""

_INTERVALS: Final = 15
"""The number of intervals between readings whose median is the usual one."""

_INTERVAL_S: Final = 0.1
_MAX_FACES: Final = 32
# Times are whole ticks of a clock, so an interval of a tenth of a second may be slightly shorter.
_TOLERANCE_S: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """The emotions of one face over time.

    Attributes:
        face_id: The identity of the face.
        classes: The names of the classes, in the order of the probabilities.
        times: (samples,) float64, in seconds on the clock of the source, increasing. While the face was not detected,
            there is a gap.
        probabilities: (samples, classes) float32, 0 to 1, smoothed over time.
    """

    face_id: int
    classes: tuple[str, ...]
    times: NDArray[np.float64]
    probabilities: NDArray[np.float32]


class History:
    """Ten samples a second of each face, over a bounded time and for a bounded number of faces.

    Any thread may add to it, and any may read it.

    Args:
        span: The length of time that is kept, in seconds.
        max_faces: The largest number of faces. Beyond it, the face that left first is removed or, if all are present,
            the one that came last.
    """

    def __init__(self, span: float = SPAN_S, max_faces: int = _MAX_FACES) -> None:
        self._span = span
        self._max_faces = max_faces
        self._lock = threading.Lock()
        self._now = 0.0
        self._readings: deque[float] = deque(maxlen=_INTERVALS + 1)
        self._samples: dict[int, deque[FaceReading]] = {}

    @property
    def gap(self) -> float:
        """The time between two samples of a face, in seconds, beyond which charts show that it was not detected."""
        with self._lock:
            times = np.array(self._readings)
        usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        return min(_LONGEST_GAP_S, max(GAP_S, _USUAL_INTERVALS * usual))

    def add(self, reading: FrameReading) -> None:
        """Add the faces of the next frame, and remove samples that are too old."""
        with self._lock:
            if self._readings and reading.time <= self._readings[-1]:
                self._readings.clear()  # another source, with times of its own
            self._readings.append(reading.time)
            for face in reading.faces:
                samples = self._samples.setdefault(face.face_id, deque())
                if not samples or face.time - samples[-1].time >= _INTERVAL_S - _TOLERANCE_S:
                    samples.append(face)
            self._now = reading.time
            self._remove_old(reading.time, {face.face_id for face in reading.faces})

    def strips(self, span: float | None = None) -> list[Strip]:
        """Return a copy of the samples of each face, in the order of `face_id`.

        Args:
            span: The length of time before the newest reading to return, in seconds; None for everything.
        """
        with self._lock:
            since = -math.inf if span is None else self._now - span
            held = {face_id: _since(since, samples) for face_id, samples in sorted(self._samples.items())}
        return [_strip(face_id, samples) for face_id, samples in held.items() if samples]

    def _remove_old(self, now: float, present: set[int]) -> None:
        for face_id, samples in list(self._samples.items()):
            while samples and samples[0].time < now - self._span:
                samples.popleft()
            if not samples:
                del self._samples[face_id]
        while len(self._samples) > self._max_faces:
            del self._samples[min(self._samples, key=lambda face_id: self._priority(face_id, present))]

    def _priority(self, face_id: int, present: set[int]) -> tuple[bool, float, int]:
        """Return the priority of keeping a face: the face with the lowest one is removed first."""
        samples = self._samples[face_id]
        return (True, -samples[0].time, -face_id) if face_id in present else (False, samples[-1].time, face_id)


def _since(time: float, samples: deque[FaceReading]) -> list[FaceReading]:
    """Return the samples from `time` on. Only these are visited, because those before may be many more."""
    newest = list(takewhile(lambda sample: sample.time >= time, reversed(samples)))
    return newest[::-1]


def _strip(face_id: int, samples: list[FaceReading]) -> Strip:
    return Strip(
        face_id,
        samples[0].classes,
        np.array([sample.time for sample in samples]),
        np.stack([sample.probabilities for sample in samples]),
    )
