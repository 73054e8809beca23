"""Totals over a run: frames, faces, and the time for which each emotion was shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from fervid.core.durations import Span, Spans
from fervid.core.readings import FrameReading


class Tally:
    """Totals of readings as they pass; its memory grows with the number of faces, not of frames.

    A frame lasts until the next one begins, but the time of a gap in the recording is left out; see
    `fervid.core.durations.Spans`. The time of an emotion is summed over all faces that show it: two happy faces in one
    second make two seconds.

    Attributes:
        frames: How many frames were counted.
        analysed: How many of them were analysed rather than passed over by ``every``.
        with_face: How many analysed frames have at least one face.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.analysed = 0
        self.with_face = 0
        self._identities: set[int] = set()
        self._spans: Spans[tuple[str, ...]] = Spans()
        self._seconds: dict[str, float] = defaultdict(float)

    def add(self, reading: FrameReading) -> None:
        """Count the reading of the next frame."""
        self.frames += 1
        if reading.analysed:
            self.analysed += 1
            self.with_face += bool(reading.faces)
        self._identities.update(face.face_id for face in reading.faces)
        _count(self._seconds, self._spans.add(reading.time, tuple(face.emotion for face in reading.faces)))

    @property
    def faces(self) -> int:
        """The number of different `face_id`s."""
        return len(self._identities)

    @property
    def seconds(self) -> dict[str, float]:
        """The seconds for which each emotion was shown, the longest first, without those that were never shown."""
        seconds = self._seconds.copy()
        _count(seconds, self._spans.rest())
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _count(seconds: dict[str, float], spans: Iterable[Span[tuple[str, ...]]]) -> None:
    for span in spans:
        for emotion in span.item:
            seconds[emotion] += span.seconds
