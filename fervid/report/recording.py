"""A recording as a report shows it: each face with its bands, its segments and its totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from fervid.core.durations import Spans
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.report.bands import Bands, Resolution, pack
from fervid.smooth.segmentation import Segment, Segmentation

_SMALLEST_PORTRAIT: Final = 24
"""The width of a face in pixels below which a picture of it shows nothing."""


class Moment(NamedTuple):
    """A moment at which a face is to be seen well.

    Attributes:
        merit: Quality times score, 0 to 1.
        time: The time of the frame, in seconds.
        box: The bounding box.
    """

    merit: float
    time: float
    box: Box


@dataclass(slots=True)
class ShownFace:
    """One face of a recording.

    Attributes:
        face_id: The identity.
        bands: Its probabilities over time.
        segments: Its segments, in the order of time.
        seconds: The time of each emotion, and of ``uncertain``, in seconds.
        quality_seconds: The quality, summed over time.
        best: The moment for a portrait; None where the face is always tiny.
    """

    face_id: int
    bands: Bands
    segments: list[Segment] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    quality_seconds: float = 0.0
    best: Moment | None = None

    @property
    def seen(self) -> float:
        """The time for which the face was seen, in seconds."""
        return sum(self.seconds.values())

    @property
    def quality(self) -> float:
        """The mean quality, 0 to 1."""
        return self.quality_seconds / self.seen if self.seen else 0.0

    def add(self, reading: FaceReading, seconds: float) -> None:
        """Add a reading that lasted so many seconds."""
        self.bands.add(reading, seconds)
        self.seconds[reading.emotion] += seconds
        self.quality_seconds += reading.quality * seconds
        merit = reading.quality * reading.score * (1.0 if reading.certain else 0.5)
        if reading.box.width >= _SMALLEST_PORTRAIT and (self.best is None or merit > self.best.merit):
            self.best = Moment(merit, reading.time, reading.box)

    def packed_segments(self, labels: tuple[str, ...], start: float) -> str:
        """Return the segments as text for a page.

        All begins as whole milliseconds from `start` come first, then all ends, as doubles, the lowest byte first; then
        a byte for each label, mean probability and peak.

        Args:
            labels: The names that segments bear; a label is a place in them.
            start: The begin of the recording, in seconds.
        """
        times = np.array([(segment.start, segment.end) for segment in self.segments]).reshape(-1, 2) - start
        milliseconds = np.rint(1000 * times).astype("<f8")
        names = [labels.index(segment.emotion) for segment in self.segments]
        means = [round(255 * segment.mean_probability) for segment in self.segments]
        peaks = [round(255 * segment.peak_probability) for segment in self.segments]
        return pack(milliseconds.T.tobytes() + bytes(names) + bytes(means) + bytes(peaks))


class Recording:
    """The contents of one timeline.

    Args:
        classes: The names of the classes.
        frames: The readings, which are read once; none is kept.
        resolution: The resolution of the bands.

    Attributes:
        classes: As given.
        frames: The number of analysed frames.
        start: The time of the first frame, in seconds.
        end: The end of the last frame, in seconds.
        seconds: The time that was analysed: from start to end without the gaps, in seconds.
        empty_seconds: The part of it without a face.
    """

    def __init__(self, classes: tuple[str, ...], frames: Iterable[FrameReading], resolution: Resolution) -> None:
        self.classes = classes
        self.frames = 0
        self.start = self.end = self.seconds = self.empty_seconds = 0.0
        self._resolution = resolution
        self._faces: dict[int, ShownFace] = {}
        spans: Spans[FrameReading] = Spans()
        segmentation = Segmentation()
        for frame in frames:
            if not frame.analysed:
                continue
            self._keep(segmentation.add(frame))
            for span in spans.add(frame.time, frame):
                self._count(span.item, span.start, span.end)
        self._keep(segmentation.finish())
        for span in spans.rest():
            self._count(span.item, span.start, span.end)
        for face in self._faces.values():
            face.bands.flush()

    @property
    def faces(self) -> list[ShownFace]:
        """The faces, the one that was seen longest first."""
        return sorted(self._faces.values(), key=lambda face: (-face.seen, face.face_id))

    @property
    def interval(self) -> float:
        """The mean time between two analysed frames, in seconds."""
        return self.seconds / self.frames if self.frames else 0.0

    def _count(self, frame: FrameReading, start: float, end: float) -> None:
        self.start = min(self.start, start) if self.frames else start
        self.end = max(self.end, end) if self.frames else end
        self.frames += 1
        self.seconds += end - start
        if not frame.faces:
            self.empty_seconds += end - start
        for reading in frame.faces:
            self._face(reading.face_id).add(reading, end - start)

    def _keep(self, segments: Iterable[Segment]) -> None:
        for segment in segments:
            self._face(segment.face_id).segments.append(segment)

    def _face(self, face_id: int) -> ShownFace:
        if face_id not in self._faces:
            self._faces[face_id] = ShownFace(face_id, self._resolution.new_bands(len(self.classes)))
        return self._faces[face_id]
