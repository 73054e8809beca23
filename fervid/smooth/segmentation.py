"""Stretches of time in which a face shows one emotion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.durations import SHORTEST_S, Span, Spans
from fervid.core.emotions import UNCERTAIN
from fervid.core.readings import FaceReading, FrameReading

_TOLERANCE_S: Final = 1e-6
"""The rounding of differences between times."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which a face shows one emotion.

    >>> first = fervid.segments(fervid.timeline("clip.mp4"))[0]
    >>> first.face_id, first.start, first.end > first.start
    (1, 0.0, True)
    >>> 0 <= first.mean_probability <= first.peak_probability <= 1
    True

    Attributes:
        face_id: The identity of the face.
        start: The time of its first frame, in seconds, on the clock of the readings.
        end: The time at which its last frame ends, in seconds.
        emotion: A class, or ``uncertain``.
        mean_probability: The smoothed probability of the emotion, as a mean over the frames, 0 to 1. If the emotion is
            ``uncertain``, that of the likeliest class of each frame.
        peak_probability: The largest such probability.
        frames: The number of analysed frames.
    """

    face_id: int
    start: float
    end: float
    emotion: str
    mean_probability: float
    peak_probability: float
    frames: int

    @property
    def seconds(self) -> float:
        """The duration in seconds."""
        return self.end - self.start


class Segmentation:
    """The segments of all faces, as the readings pass. Its memory grows neither with the frames nor with the segments.

    A segment ends where the emotion changes, where the face has no reading in an analysed frame, and where the
    recording has a gap. All time in which a face has readings belongs to one of its segments: those that are too short
    are absorbed. Short segments that follow each other become one as soon as they last `shortest` together, with the
    emotion that takes most of this time. If they do not last so long, they become a part of the segment before them or,
    where the face has only just appeared, of the one after them. If there is neither, because the face is there for a
    moment only, they become one segment, however short.

    Args:
        shortest: The length of the shortest segment, in seconds; with 0, every change begins a segment.

    Attributes:
        end: The end of the last frame whose duration is known so far, in seconds; None before.
    """

    def __init__(self, shortest: float = SHORTEST_S) -> None:
        self.end: float | None = None
        self._shortest = shortest
        self._spans: Spans[FrameReading] = Spans()
        self._visits: dict[int, _Visit] = {}

    def add(self, reading: FrameReading) -> Iterator[Segment]:
        """Add the reading of the next frame and yield the segments that are complete. One may wait for 15 frames.

        A frame that was not analysed is left out.
        """
        if reading.analysed:
            yield from self._take(self._spans.add(reading.time, reading))

    def finish(self) -> Iterator[Segment]:
        """Yield the segments that end with the last frame. Nothing can be added after that."""
        yield from self._take(self._spans.rest())

    def _take(self, spans: Iterable[Span[FrameReading]]) -> Iterator[Segment]:
        for span in spans:
            self.end = span.end
            present = {face.face_id for face in span.item.faces}
            yield from self._leave(self._visits.keys() - present)
            for face in span.item.faces:
                visit = self._visits.setdefault(face.face_id, _Visit(self._shortest))
                yield from visit.add(_Stretch.of(face, span))
            if span.breaks:
                yield from self._leave(present)

    def _leave(self, face_ids: Iterable[int]) -> Iterator[Segment]:
        for face_id in sorted(face_ids):
            yield from self._visits.pop(face_id).finish()


def find_segments(readings: Iterable[FrameReading], shortest: float = SHORTEST_S) -> tuple[Segment, ...]:
    """Return the segments of all faces, in the order of `face_id` and time. `Segmentation` says how they are made.

    Args:
        readings: The readings of a recording, in order.
        shortest: The length of the shortest segment, in seconds.
    """
    segmentation = Segmentation(shortest)
    found = [segment for reading in readings for segment in segmentation.add(reading)]
    return in_order([*found, *segmentation.finish()])


def in_order(found: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return segments in the order of `face_id` and, for each face, of time."""
    return tuple(sorted(found, key=lambda segment: segment.face_id))


@dataclass(slots=True)
class _Stretch:
    """Frames of one face that follow each other.

    Attributes:
        face_id: The face.
        classes: The names of the classes.
        start: The time of the first frame, in seconds.
        end: The end of the last frame, in seconds.
        sums: (classes + 1,) float64, the sums of the probabilities over the frames; the last one is of the largest.
        peaks: (classes + 1,) the largest of them.
        frames: The number of frames.
        seconds: The time of each emotion.
    """

    face_id: int
    classes: tuple[str, ...]
    start: float
    end: float
    sums: NDArray[np.float64]
    peaks: NDArray[np.float64]
    frames: int = 1
    seconds: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, face: FaceReading, span: Span[FrameReading]) -> _Stretch:
        """Return the stretch of one frame."""
        probabilities = np.append(face.probabilities, face.probabilities.max()).astype(np.float64)
        seconds = {face.emotion: span.seconds}
        return cls(face.face_id, face.classes, span.start, span.end, probabilities, probabilities, seconds=seconds)

    @property
    def emotion(self) -> str:
        """The emotion that takes most of the time; of equals, the one that came first."""
        return max(self.seconds, key=self.seconds.__getitem__)

    def extend(self, later: _Stretch) -> None:
        """Add the frames of a stretch that follows."""
        self.end = later.end
        self.sums = self.sums + later.sums
        self.peaks = np.maximum(self.peaks, later.peaks)
        self.frames += later.frames
        for emotion, seconds in later.seconds.items():
            self.seconds[emotion] = self.seconds.get(emotion, 0.0) + seconds

    def segment(self, emotion: str) -> Segment:
        """Return these frames as a segment of this emotion, which need not be that of all of them."""
        place = -1 if emotion == UNCERTAIN and emotion not in self.classes else self.classes.index(emotion)
        mean, peak = float(self.sums[place]) / self.frames, float(self.peaks[place])
        return Segment(self.face_id, self.start, self.end, emotion, min(mean, peak), peak, self.frames)


class _Visit:
    """The stretches of one face from its appearance to the next frame without it.

    Args:
        shortest: The length of the shortest segment, in seconds.
    """

    def __init__(self, shortest: float) -> None:
        self._shortest = shortest - _TOLERANCE_S
        self._settled: tuple[str, _Stretch] | None = None  # may still grow
        self._short: _Stretch | None = None  # stretches after it that are too short, in a row
        self._current: _Stretch | None = None

    def add(self, frame: _Stretch) -> Iterator[Segment]:
        """Add a frame and yield the segments that can no longer grow."""
        if self._current is None:
            self._current = frame
        elif self._current.emotion == frame.emotion:
            self._current.extend(frame)
        else:
            yield from self._end_current()
            self._current = frame

    def finish(self) -> Iterator[Segment]:
        """Yield the last segments."""
        yield from self._end_current()
        self._absorb_short()
        if self._short is not None:
            yield from self._settle(self._short.emotion, self._short)
        if self._settled is not None:
            yield from self._emit()

    def _end_current(self) -> Iterator[Segment]:
        assert self._current is not None
        current, self._current = self._current, None
        if not self._is_long(current):
            self._short = _joined(self._short, current)
            if self._is_long(self._short):
                short, self._short = self._short, None
                yield from self._settle(short.emotion, short)
        else:
            emotion = current.emotion
            if self._settled is None:
                current, self._short = _joined(self._short, current), None
            self._absorb_short()
            yield from self._settle(emotion, current)

    def _absorb_short(self) -> None:
        """Make the short stretches a part of the segment before them."""
        if self._short is not None and self._settled is not None:
            self._settled[1].extend(self._short)
            self._short = None

    def _settle(self, emotion: str, stretch: _Stretch) -> Iterator[Segment]:
        if self._settled is not None and self._settled[0] == emotion:
            self._settled[1].extend(stretch)
            return
        if self._settled is not None:
            yield from self._emit()
        self._settled = (emotion, stretch)

    def _emit(self) -> Iterator[Segment]:
        assert self._settled is not None
        emotion, stretch = self._settled
        if stretch.end > stretch.start:  # a frame from which the clock jumps back takes no time
            yield stretch.segment(emotion)

    def _is_long(self, stretch: _Stretch) -> bool:
        return stretch.end - stretch.start >= self._shortest


def _joined(first: _Stretch | None, later: _Stretch) -> _Stretch:
    if first is None:
        return later
    first.extend(later)
    return first
