"""The totals of each face over a recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import Self

from fervid.core.durations import SHORTEST_S, Span, Spans
from fervid.core.emotions import UNCERTAIN
from fervid.core.readings import FrameReading
from fervid.smooth.segmentation import Segment, Segmentation


@dataclass(frozen=True, slots=True)
class FaceSummary:
    """The totals of one face over a recording. The time of gaps in the recording is left out everywhere.

    >>> first = fervid.summary(fervid.timeline("clip.mp4"))[0]
    >>> first.face_id, first.no_face
    (1, 0.0)
    >>> first.total == sum(first.seconds.values())
    True

    Attributes:
        face_id: The identity of the face; None for a recording without a face.
        seconds: The seconds for which it shows each class and, last, ``uncertain``; 0 for what it never shows.
        absent: The seconds of the recording in which this face is not there.
        no_face: The seconds of the recording in which no face is there.
        transitions: The number of changes from one emotion to another, while the face stays. Where it is ``uncertain``
            between the two, they count as one.
        longest_emotion: The emotion of its longest segment, ``uncertain`` left out; None if there is none.
        longest: The duration of that segment, in seconds.
        mean_quality: The mean quality of its readings, 0 to 1; None without a face.
    """

    face_id: int | None
    seconds: dict[str, float]
    absent: float = 0.0
    no_face: float = 0.0
    transitions: int = 0
    longest_emotion: str | None = None
    longest: float = 0.0
    mean_quality: float | None = None

    @property
    def total(self) -> float:
        """The seconds in which the face is there."""
        return sum(self.seconds.values())

    def share(self, emotion: str) -> float:
        """Return the share of an emotion of the time in which the face is there, 0 to 1."""
        return self.seconds.get(emotion, 0.0) / self.total if self.total else 0.0

    @classmethod
    def parse(cls, values: Any) -> Self:
        """Return the summary whose attributes are these, as JSON has them.

        Raises:
            TypeError: There are no such attributes.
            ValueError: The seconds are no numbers.
        """
        seconds = {str(name): float(value) for name, value in dict(values["seconds"]).items()}
        return cls(**{**values, "seconds": seconds})


@dataclass(slots=True)
class _Face:
    """The totals of a face so far."""

    seconds: dict[str, float]
    readings: int = 0
    quality: float = 0.0
    transitions: int = 0
    longest: Segment | None = None
    emotion: str | None = None
    end: float | None = None

    def add(self, segment: Segment) -> None:
        """Add the next segment."""
        if segment.start != self.end:
            self.emotion = None  # the face was absent
        self.end = segment.end
        if segment.emotion == UNCERTAIN:
            return
        self.transitions += self.emotion is not None and self.emotion != segment.emotion
        self.emotion = segment.emotion
        if self.longest is None or segment.seconds > self.longest.seconds:
            self.longest = segment


class Summariser:
    """The totals of each face, as the readings pass. Its memory grows with the number of faces alone.

    Args:
        classes: The names of the classes, in the order of the engine.
        shortest: The length of the shortest segment, in seconds.
    """

    def __init__(self, classes: Sequence[str], shortest: float = SHORTEST_S) -> None:
        self._nothing = dict.fromkeys((*classes, UNCERTAIN), 0.0)
        self._segmentation = Segmentation(shortest)
        self._spans: Spans[FrameReading] = Spans()
        self._faces: dict[int, _Face] = {}
        self._recorded = 0.0
        self._without_face = 0.0

    def add(self, reading: FrameReading) -> None:
        """Add the reading of the next frame. One that was not analysed is left out."""
        if reading.analysed:
            self._count(self._spans.add(reading.time, reading))
            self._follow(self._segmentation.add(reading))

    def finish(self) -> tuple[FaceSummary, ...]:
        """Return the summaries in the order of `face_id`. Nothing can be added after that."""
        self._count(self._spans.rest())
        self._follow(self._segmentation.finish())
        if not self._faces:
            return (FaceSummary(None, self._nothing, self._recorded, self._without_face),)
        return tuple(self._summary(face_id, face) for face_id, face in sorted(self._faces.items()))

    def _count(self, spans: Iterator[Span[FrameReading]]) -> None:
        for span in spans:
            self._recorded += span.seconds
            if not span.item.faces:
                self._without_face += span.seconds
            for reading in span.item.faces:
                face = self._faces.setdefault(reading.face_id, _Face(self._nothing.copy()))
                face.seconds[reading.emotion] += span.seconds
                face.readings += 1
                face.quality += reading.quality

    def _follow(self, segments: Iterator[Segment]) -> None:
        for segment in segments:
            self._faces[segment.face_id].add(segment)

    def _summary(self, face_id: int, face: _Face) -> FaceSummary:
        return FaceSummary(
            face_id,
            face.seconds,
            max(0.0, self._recorded - sum(face.seconds.values())),
            self._without_face,
            face.transitions,
            face.longest.emotion if face.longest is not None else None,
            face.longest.seconds if face.longest is not None else 0.0,
            face.quality / face.readings,
        )


def summarise(
    readings: Iterable[FrameReading], classes: Sequence[str], shortest: float = SHORTEST_S
) -> tuple[FaceSummary, ...]:
    """Return the summary of each face of a recording, in the order of `face_id`.

    Args:
        readings: The readings, in order.
        classes: The names of the classes, in the order of the engine.
        shortest: The length of the shortest segment, in seconds.
    """
    summariser = Summariser(classes, shortest)
    for reading in readings:
        summariser.add(reading)
    return summariser.finish()
