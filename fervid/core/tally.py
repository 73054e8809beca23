"""Sums over a run: frames, faces, and how long each emotion was shown."""

from __future__ import annotations

from fervid.core.readings import FrameReading


class Tally:
    """Counts readings as they pass, in memory that does not grow with their number.

    A frame lasts until the next one; the last frame lasts as long as the one before it. The time of an emotion is the
    sum over all faces that showed it, so two happy faces in one second make two seconds.

    Attributes:
        frames: How many frames were read.
        analysed: How many of them were analysed.
        with_face: How many of the analysed ones hold a face.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.analysed = 0
        self.with_face = 0
        self._identities: set[int] = set()
        self._seconds: dict[str, float] = {}
        self._last: FrameReading | None = None
        self._lasted = 0.0

    def add(self, reading: FrameReading) -> None:
        """Count the next frame."""
        self.frames += 1
        if reading.analysed:
            self.analysed += 1
            self.with_face += bool(reading.faces)
        self._identities.update(face.face_id for face in reading.faces)
        if self._last is not None:
            # Broken containers have clocks that jump back; such a frame lasts no time.
            self._lasted = max(0.0, reading.time - self._last.time)
            _count(self._seconds, self._last, self._lasted)
        self._last = reading

    @property
    def faces(self) -> int:
        """How many identities were seen."""
        return len(self._identities)

    @property
    def seconds(self) -> dict[str, float]:
        """How long each emotion was shown, the longest first; an emotion that was never shown is missing."""
        seconds = self._seconds.copy()
        if self._last is not None:
            _count(seconds, self._last, self._lasted)
        return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def _count(seconds: dict[str, float], reading: FrameReading, lasted: float) -> None:
    for face in reading.faces:
        seconds[face.emotion] = seconds.get(face.emotion, 0.0) + lasted
