"""Totals over a run: frames, faces, and the time for which each emotion was shown."""

from __future__ import annotations

from fervid.core.durations import Durations
from fervid.core.readings import FrameReading


class Tally:
    """Totals of readings as they pass; its memory grows with the number of faces, not of frames.

    A frame lasts until the next one begins, but at most `LONGEST` times the usual duration; the last one lasts as long
    as the one before it. The time of an emotion is
    summed over all faces that show it: two happy faces in one second make two seconds.

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
        self._durations = Durations()
        self._last: FrameReading | None = None
        self._duration = 0.0

    def add(self, reading: FrameReading) -> None:
        """Count the reading of the next frame."""
        self.frames += 1
        if reading.analysed:
            self.analysed += 1
            self.with_face += bool(reading.faces)
        self._identities.update(face.face_id for face in reading.faces)
        if self._last is not None:
            # The clock of a damaged container may jump back; the frame before then lasts no time.
            self._duration = max(0.0, reading.time - self._last.time)
            self._durations.add(self._duration, tuple(face.emotion for face in self._last.faces))
        self._last = reading

    @property
    def faces(self) -> int:
        """The number of different `face_id`s."""
        return len(self._identities)

    @property
    def seconds(self) -> dict[str, float]:
        """The seconds for which each emotion was shown, the longest first, without those that were never shown."""
        seconds = self._durations.totals()
        for face in self._last.faces if self._last is not None else ():
            seconds[face.emotion] = seconds.get(face.emotion, 0.0) + min(self._duration, self._durations.limit)
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))
