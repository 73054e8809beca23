"""detect -> track -> crop -> classify -> smooth, for one source, without threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, Frame, FrameReading, Prediction, TrackedFace
from fervid.crop.crops import crop_faces
from fervid.detect.base import Detector
from fervid.engines.base import Engine
from fervid.smooth.base import Smoother
from fervid.track.base import Tracker

# Frames wait for each other to fill a batch; a few are enough, and each costs a full picture of memory.
_MAX_WAITING = 8


@dataclass(frozen=True, slots=True)
class Found:
    """A frame whose faces are found, but not classified yet.

    Attributes:
        frame: The frame.
        tracked: Its faces, in the order of their `face_id`.
        ended: The identities that ended before it.
        analysed: False for a frame that ``every`` passed over; it has no faces of its own.
        seen: Where the lookout saw anything like a face.
    """

    frame: Frame
    tracked: Sequence[TrackedFace] = ()
    ended: frozenset[int] = frozenset()
    analysed: bool = True
    seen: tuple[Box, ...] = ()


class Analyser:
    """Reads the emotions in a sequence of frames; keeps the identities and the smoothing of one source.

    Its two halves, `find` and `read`, share no state, so that each can have a thread of its own.

    Args:
        detector: Finds faces; stays open.
        tracker: Fresh, for this source.
        engine: Classifies faces; stays open.
        smoother: Fresh, for this source.
        every: Analyse the first frame and every Nth after it.
        batch: Faces given to the engine at once, from one or several frames; 1 keeps no frame waiting.
        lookout: Finds what is to be hidden, for `FrameReading.seen`; stays open. It changes no reading.

    Attributes:
        smoother: As given.
        batch: As given.
    """

    def __init__(
        self,
        detector: Detector,
        tracker: Tracker,
        engine: Engine,
        smoother: Smoother,
        *,
        every: int = 1,
        batch: int = 1,
        lookout: Detector | None = None,
    ) -> None:
        self._detector = detector
        self._tracker = tracker
        self._engine = engine
        self.smoother = smoother
        self._every = every
        self.batch = batch
        self._lookout = lookout
        self._last_faces: tuple[FaceReading, ...] = ()
        self._last_seen: tuple[Box, ...] = ()

    def find(self, frames: Iterable[Frame]) -> Iterator[Found]:
        """Detect and track: yield every frame, in order, with the faces in it."""
        for count, frame in enumerate(frames):
            if count % self._every:
                yield Found(frame, analysed=False)
            else:
                tracked = self._tracker.update(frame, self._detector.detect(frame.image))
                yield Found(frame, tracked, self._tracker.ended(), seen=self._seen(frame))

    def read(self, found: Iterable[Found]) -> Iterator[tuple[Frame, FrameReading]]:
        """Crop, classify and smooth: yield every frame, in order, with what was read in it."""
        waiting: list[Found] = []
        for one in found:
            waiting.append(one)
            faces = sum(len(w.tracked) for w in waiting)
            if faces >= self.batch or len(waiting) >= min(self.batch, _MAX_WAITING):
                yield from self._classify(waiting)
                waiting = []
        yield from self._classify(waiting)

    def _classify(self, waiting: list[Found]) -> Iterator[tuple[Frame, FrameReading]]:
        spec = self._engine.manifest.input
        cut = [
            crop_faces(one.frame.image, [t.face for t in one.tracked], spec.size, spec.colour)
            for one in waiting
            if one.tracked
        ]
        rows = iter(self._engine.classify(np.concatenate(cut)) if cut else ())
        for one in waiting:
            if one.analysed:
                predictions = [Prediction(tracked, next(rows)) for tracked in one.tracked]
                self._last_faces = tuple(self._reading(one.frame, prediction) for prediction in predictions)
                self._last_seen = one.seen
                self.smoother.forget(one.ended)
            frame, faces, seen = one.frame, self._last_faces, self._last_seen
            yield frame, FrameReading(frame.index, frame.time, faces, one.analysed, seen)

    def _seen(self, frame: Frame) -> tuple[Box, ...]:
        return () if self._lookout is None else tuple(face.box for face in self._lookout.detect(frame.image))

    def _reading(self, frame: Frame, prediction: Prediction) -> FaceReading:
        tracked = prediction.tracked
        smoothed = self.smoother.smooth(tracked.face_id, frame.time, prediction.probabilities)
        return FaceReading(
            frame=frame.index,
            time=frame.time,
            face_id=tracked.face_id,
            box=tracked.face.box,
            score=tracked.face.score,
            classes=self._engine.manifest.classes,
            probabilities=smoothed,
            raw=prediction.probabilities,
        )
