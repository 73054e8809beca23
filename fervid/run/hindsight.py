"""Frames that wait for later ones, which tell more about what their faces express."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.crop.quality import certainty
from fervid.smooth.base import Smoother

_MOST_BYTES: Final = 256_000_000
"""The memory that waiting frames may take. Large frames wait for fewer of those that follow."""

_BYTES_A_PIXEL: Final = 4.5
"""A frame as it is decoded, and its image in blue, green and red."""

_AT_ONCE: Final = 0.25
"""The part of the waiting frames that are revised and go on together, so that the work for each stays small."""

Result = tuple[Frame, FrameReading]


def look_back(results: Iterable[Result], smoother: Smoother, certain: float) -> Iterator[Result]:
    """Yield every frame, in order, with its probabilities revised in the light of those that follow.

    Args:
        results: The frames with their readings, as the smoother left them.
        smoother: Revises them. Each frame waits for those of its `lag`, as far as memory allows.
        certain: The least `certainty` of a reading whose emotion is not called uncertain, 0 to 1.

    Raises:
        Exception: The error of `results`, after the frames that came before it.
    """
    hindsight = Hindsight(smoother, certain)
    try:
        for frame, reading in results:
            yield from hindsight.add(frame, reading)
    except Exception:
        yield from hindsight.flush()
        raise
    yield from hindsight.flush()


class Hindsight:
    """The frames that wait.

    Args:
        smoother: Revises their readings.
        certain: As for `look_back`.
        most_bytes: The memory that they may take.
    """

    def __init__(self, smoother: Smoother, certain: float, most_bytes: int = _MOST_BYTES) -> None:
        self._smoother = smoother
        self._certain = certain
        self._most_bytes = most_bytes
        self._waiting: list[Result] = []
        self._bytes = 0.0
        self._last: dict[int, FaceReading] = {}  # the faces of the last frame that went on and was analysed

    def add(self, frame: Frame, reading: FrameReading) -> Iterator[Result]:
        """Take the next frame, and yield those that have waited long enough, in order."""
        self._waiting.append((frame, reading))
        self._bytes += _size(frame)
        lag, latest = self._smoother.lag, reading.time
        if latest - self._waiting[0][1].time >= lag * (1 + _AT_ONCE):
            yield from self._release(sum(earlier.time <= latest - lag for _, earlier in self._waiting))
        elif self._bytes > self._most_bytes:
            yield from self._release(int(len(self._waiting) * _AT_ONCE) or 1)

    def flush(self) -> Iterator[Result]:
        """Yield the frames that still wait, in order."""
        yield from self._release(len(self._waiting))

    def _release(self, count: int) -> Iterator[Result]:
        """Yield the first of the waiting frames, revised."""
        revised = self._revised()
        released, self._waiting = self._waiting[:count], self._waiting[count:]
        self._bytes = sum(_size(frame) for frame, _ in self._waiting)
        for frame, reading in released:
            if reading.analysed:
                faces = tuple(self._revise(face, next(revised[face.face_id])) for face in reading.faces)
                self._last = {face.face_id: face for face in faces}
            else:  # it repeats the reading before
                faces = tuple(self._revise(face, self._last[face.face_id].probabilities) for face in reading.faces)
            yield frame, replace(reading, faces=faces)

    def _revised(self) -> dict[int, Iterator[NDArray[np.float32]]]:
        """Return the revised probabilities of each face in the frames that wait and were analysed."""
        found: defaultdict[int, list[FaceReading]] = defaultdict(list)
        for _, reading in self._waiting:
            for face in reading.faces if reading.analysed else ():
                found[face.face_id].append(face)
        return {
            face_id: iter(
                self._smoother.revise(
                    [face.time for face in faces],
                    [face.probabilities for face in faces],
                    [face.raw for face in faces],
                )
            )
            for face_id, faces in found.items()
        }

    def _revise(self, face: FaceReading, probabilities: NDArray[np.float32]) -> FaceReading:
        is_certain = certainty(float(probabilities.max()), face.quality, face.score) >= self._certain
        return replace(face, probabilities=probabilities, certain=is_certain)


def _size(frame: Frame) -> float:
    """Return the memory that a frame takes, in bytes."""
    return frame.width * frame.height * _BYTES_A_PIXEL
