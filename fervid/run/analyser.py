"""The stages from detection to smoothing, for one source, without threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.canvas import Canvas
from fervid.core.geometry import Box
from fervid.core.readings import Face, FaceReading, Frame, FrameReading, Prediction, TrackedFace
from fervid.core.regions import EVERYWHERE, Regions, are_empty_or_hold
from fervid.crop.crops import crop_faces
from fervid.crop.framing import fer_square
from fervid.crop.head_pose import head_pose
from fervid.crop.quality import certainty, quality
from fervid.detect.search import Search, Searched
from fervid.engines.base import Engine
from fervid.run.hindsight import look_back
from fervid.run.sampling import EveryNth, Sampling
from fervid.smooth.base import Smoother
from fervid.smooth.ema import Exponential
from fervid.track.base import Tracker
from fervid.video.fitting import stretch

# Frames wait for each other to fill a batch. A few are enough, and each one takes the memory of a full picture.
_MAX_WAITING = 8

QUALITY_TIME: Final = 1.0
"""The time constant, in seconds, of the average of a face's quality, because that of a single crop flickers."""

# Frames that are passed over wait behind those that the search holds back.
_MAX_WAITING_FOR_SEARCH = 16


@dataclass(frozen=True, slots=True)
class Found:
    """A frame whose faces are detected and tracked, but not classified yet.

    Attributes:
        frame: The frame.
        picture: The frame with square pixels, in which faces are searched and cropped.
        tracked: The faces, in the order of their `face_id`, in pixels of `picture`.
        ended: The identities that ended before this frame.
        analysed: False for a frame that ``sampling`` passed over, which has no faces of its own.
        seen: The boxes of everything that the lookout took for a face, in pixels of the canvas.
        left_out: The boxes of faces that were found but do not count, in pixels of the canvas.
    """

    frame: Frame
    picture: Frame
    tracked: Sequence[TrackedFace] = ()
    ended: frozenset[int] = frozenset()
    analysed: bool = True
    seen: tuple[Box, ...] = ()
    left_out: tuple[Box, ...] = ()


class Analyser:
    """The analysis of one source, with its identities and its smoothing.

    Each frame is searched in its own size and in its true proportions. The boxes of the readings are in pixels of its
    canvas, which may be larger, and whose pixels need not be square.

    The two halves, `find` and `read`, share no state, so that each can have a thread of its own.

    Args:
        search: A new search for faces in this source.
        tracker: A new tracker for this source.
        engine: Classifies faces. It stays open.
        smoother: A new smoother for this source.
        sampling: A new choice of the frames to analyse, for this source; None for all.
        batch: The number of faces to classify at once, from one or several frames. With 1, no frame waits for another.
        certain: The least `certainty` of a reading whose emotion is not called uncertain, 0 to 1.
        regions: The parts of the canvas in which faces count.
        hindsight: Let frames wait for those that follow, as far as these change the smoothed probabilities.
        watch: Called with each frame that was searched, by `find`.

    Attributes:
        smoother: As given.
        batch: As given.
        certain: As given.
    """

    def __init__(
        self,
        search: Search,
        tracker: Tracker,
        engine: Engine,
        smoother: Smoother,
        *,
        sampling: Sampling | None = None,
        batch: int = 1,
        certain: float = 0.0,
        regions: Regions = EVERYWHERE,
        hindsight: bool = False,
        watch: Callable[[Searched], None] | None = None,
    ) -> None:
        self._search = search
        self._tracker = tracker
        self._engine = engine
        self.smoother = smoother
        self._sampling = sampling or EveryNth()
        self.batch = batch
        self.certain = certain
        self._regions = regions
        self._hindsight = hindsight
        self._watch = watch
        self._quality = Exponential(QUALITY_TIME)
        self._last = FrameReading(0, 0.0, ())
        self._last_canvas: Canvas | None = None

    def find(self, frames: Iterable[Frame]) -> Iterator[Found]:
        """Detect and track faces: yield every frame, in order, with its faces.

        Raises:
            UsageError: A region lies outside the first frame.
            Exception: The error of `frames`, after the frames that came before it.
        """
        is_first = True
        waiting: deque[tuple[Frame, bool]] = deque()  # frames that were taken, each with True if it is analysed
        failures: list[Exception] = []
        for frame in _until_failure(frames, failures):
            if is_first:
                self._regions.check(frame.canvas, "the picture")
                is_first = False
            analysed = self._sampling.takes(frame.time)
            waiting.append((frame, analysed))
            if analysed:
                done = self._search.add(stretch(frame))
            else:
                done = self._search.flush() if len(waiting) > _MAX_WAITING_FOR_SEARCH else iter(())
            yield from self._track(done, waiting)
        yield from self._track(self._search.flush(), waiting)
        if failures:
            raise failures[0]

    def _track(self, done: Iterator[Searched], waiting: deque[tuple[Frame, bool]]) -> Iterator[Found]:
        """Yield the frames that are done, and those after them that are not analysed."""
        for searched in done:
            frame, _ = waiting.popleft()
            picture = searched.frame
            if self._watch is not None:
                self._watch(searched)
            areas = self._regions.boxes(picture.canvas, picture.placement)
            faces = [face for face in searched.faces if are_empty_or_hold(areas, face.box.centre)]
            tracked = self._tracker.update(picture, faces, is_cut=searched.is_cut)
            left_out = _left_out(picture, searched.faces, tracked)
            seen = tuple(picture.placement.box(face.box) for face in searched.seen)
            yield Found(frame, picture, tracked, self._tracker.ended(), seen=seen, left_out=left_out)
            yield from _passed_over(waiting)
        yield from _passed_over(waiting)

    def read(self, found: Iterable[Found], *, keep_pixels: bool = True) -> Iterator[tuple[Frame, FrameReading]]:
        """Crop, classify and smooth: yield every frame, in order, with its reading.

        Args:
            found: The frames with their faces.
            keep_pixels: False to yield frames without their pixels. With hindsight, dozens of frames wait, and the
                decoder is faster where it can soon use their memory again.
        """
        results = self._read(found)
        if not keep_pixels:
            results = ((frame.without_pixels(), reading) for frame, reading in results)
        return look_back(results, self.smoother, self.certain) if self._hindsight and self.smoother.lag else results

    def _read(self, found: Iterable[Found]) -> Iterator[tuple[Frame, FrameReading]]:
        waiting: list[Found] = []
        for item in found:
            waiting.append(item)
            faces = sum(len(earlier.tracked) for earlier in waiting)
            if faces >= self.batch or len(waiting) >= min(self.batch, _MAX_WAITING):
                yield from self._classify(waiting)
                waiting = []
        yield from self._classify(waiting)

    def _classify(self, waiting: list[Found]) -> Iterator[tuple[Frame, FrameReading]]:
        spec = self._engine.manifest.input
        crops = [
            crop_faces(item.picture.pixels, [tracked.face for tracked in item.tracked], spec.size, spec.colour)
            for item in waiting
            if item.tracked
        ]
        rows = self._rows(np.concatenate(crops), waiting) if crops else iter(())
        for item in waiting:
            if item.analysed:
                predictions = [Prediction(tracked, *next(rows)) for tracked in item.tracked]
                faces = tuple(self._smooth(item.picture, prediction) for prediction in predictions)
                self._last = FrameReading(
                    item.frame.index, item.frame.time, faces, seen=item.seen, left_out=item.left_out
                )
                self._last_canvas = item.frame.canvas
                self.smoother.forget(item.ended)
                self._quality.forget(item.ended)
                yield item.frame, self._last
            else:
                yield item.frame, self._repeat(item.frame)

    def _rows(self, crops: NDArray[np.uint8], waiting: list[Found]) -> Iterator[tuple[NDArray[np.float32], float]]:
        """Return the probabilities and the quality of each crop."""
        sides = [fer_square(tracked.face).width for item in waiting for tracked in item.tracked]
        return zip(self._engine.classify(crops), quality(crops, sides).tolist(), strict=True)

    def _repeat(self, frame: Frame) -> FrameReading:
        """Return the last reading for a frame that was not analysed, in pixels of the canvas of that frame."""
        last = self._last
        if self._last_canvas is not None:
            last = last.moved(frame.canvas.follow(self._last_canvas))
        return replace(last, index=frame.index, time=frame.time, analysed=False)

    def _smooth(self, frame: Frame, prediction: Prediction) -> FaceReading:
        tracked = prediction.tracked
        smoothed = self.smoother.smooth(tracked.face_id, frame.time, prediction.probabilities)
        measured = np.array([prediction.quality], np.float32)
        averaged = float(self._quality.smooth(tracked.face_id, frame.time, measured)[0])
        return FaceReading(
            frame=frame.index,
            time=frame.time,
            face_id=tracked.face_id,
            box=frame.placement.box(tracked.face.box),
            score=tracked.face.score,
            classes=self._engine.manifest.classes,
            probabilities=smoothed,
            raw=prediction.probabilities,
            pose=head_pose(tracked.face.keypoints),
            quality=averaged,
            certain=certainty(float(smoothed.max()), averaged, tracked.face.score) >= self.certain,
        )


def _until_failure(frames: Iterable[Frame], failures: list[Exception]) -> Iterator[Frame]:
    """Yield the frames; an error ends them and is appended to `failures`, so that those before it are not lost."""
    try:
        yield from frames
    except Exception as error:
        failures.append(error)


def _left_out(picture: Frame, faces: Sequence[Face], tracked: Sequence[TrackedFace]) -> tuple[Box, ...]:
    """Return the boxes of the faces that are not tracked, in pixels of the canvas."""
    kept = {id(one.face) for one in tracked}
    return tuple(picture.placement.box(face.box) for face in faces if id(face) not in kept)


def _passed_over(waiting: deque[tuple[Frame, bool]]) -> Iterator[Found]:
    """Yield the first of the waiting frames, as long as they are not analysed."""
    while waiting and not waiting[0][1]:
        frame, _ = waiting.popleft()
        yield Found(frame, frame, analysed=False)
