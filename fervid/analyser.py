"""detect -> track -> crop -> classify -> smooth, for one source, without threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fervid.detect.base import Detector
from fervid.detect.crop import crop
from fervid.engines.base import Engine
from fervid.readings import FaceReading, Frame, FrameReading, Prediction, TrackedFace
from fervid.smooth.base import Smoother
from fervid.track.base import Tracker

# Frames wait for each other to fill a batch; a few are enough, and each costs a full picture of memory.
_MAX_WAITING = 8


@dataclass(slots=True)
class _Waiting:
    """A frame whose faces are found and cropped but not classified yet."""

    frame: Frame
    analysed: bool
    tracked: list[TrackedFace] = field(default_factory=list)
    crops: list[NDArray[np.uint8]] = field(default_factory=list)
    ended: frozenset[int] = frozenset()


class Analyser:
    """Reads the emotions in a sequence of frames; keeps the identities and the smoothing of one source.

    Args:
        detector: Finds faces; stays open.
        tracker: Fresh, for this source.
        engine: Classifies faces; stays open.
        smoother: Fresh, for this source.
        every: Analyse the first frame and every Nth after it.
        batch: Faces given to the engine at once, from one or several frames; 1 keeps no frame waiting.
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
    ) -> None:
        self._detector = detector
        self._tracker = tracker
        self._engine = engine
        self._smoother = smoother
        self._every = every
        self._batch = batch
        self._last_faces: tuple[FaceReading, ...] = ()

    def run(self, frames: Iterable[Frame]) -> Iterator[tuple[Frame, FrameReading]]:
        """Yield every frame, in order, with what was read in it."""
        waiting: list[_Waiting] = []
        for count, frame in enumerate(frames):
            waiting.append(self._find(frame) if count % self._every == 0 else _Waiting(frame, analysed=False))
            if len(waiting) >= min(self._batch, _MAX_WAITING) or sum(len(w.crops) for w in waiting) >= self._batch:
                yield from self._classify(waiting)
                waiting = []
        yield from self._classify(waiting)

    def _find(self, frame: Frame) -> _Waiting:
        tracked = self._tracker.update(frame, self._detector.detect(frame.image))
        spec = self._engine.manifest.input
        crops = [crop(frame.image, t.face, spec.size, spec.colour) for t in tracked]
        return _Waiting(frame, True, tracked, crops, self._tracker.ended())

    def _classify(self, waiting: list[_Waiting]) -> Iterator[tuple[Frame, FrameReading]]:
        crops = [crop for w in waiting for crop in w.crops]
        rows = iter(self._engine.classify(np.stack(crops)) if crops else ())
        for w in waiting:
            if w.analysed:
                predictions = [Prediction(tracked, next(rows)) for tracked in w.tracked]
                self._last_faces = tuple(self._reading(w.frame, prediction) for prediction in predictions)
                self._smoother.forget(w.ended)
            yield w.frame, FrameReading(w.frame.index, w.frame.time, self._last_faces, w.analysed)

    def _reading(self, frame: Frame, prediction: Prediction) -> FaceReading:
        tracked = prediction.tracked
        smoothed = self._smoother.smooth(tracked.face_id, frame.time, prediction.probabilities)
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
