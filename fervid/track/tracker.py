"""Tracking of faces by their positions, and numbering of faces in stills."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from fervid.core.canvas import Canvas, Placement
from fervid.core.geometry import Box, Point
from fervid.core.readings import Face, Frame, TrackedFace
from fervid.video.cuts import CutDetector, SceneCuts

MAX_GAP: Final = 0.5
"""Seconds for which a face may be lost and still keep its identity when it returns."""

START_SCORE: Final = 0.7
"""The least detection score, 0 to 1, that begins a track. A lower score can only continue one."""

# The distance, in face widths, at which a detection may lie from the expected position: the base, the addition for each
# second since the last detection, and the limit.
_REACH: Final = 1.0
_REACH_PER_SECOND: Final = 1.0
_MAX_REACH: Final = 2.0
_MAX_SCALE: Final = 2.0  # the largest ratio between the sizes of one face in two successive detections
_SPEED_SECONDS: Final = 0.15  # time constant of the average speed: jumps between two frames are mostly noise
_AT_REST: Final = Point(0.0, 0.0)
_IMPOSSIBLE: Final = 1e6  # a cost in place of infinity, of which the solver takes no full row
_TOLERANCE_S: Final = 1e-6  # times are whole ticks, so half a second may come out slightly longer


class OverlapTracker:
    """A tracker that matches detections to tracks by the overlap and distance of their boxes.

    All faces of a frame are assigned together, at the least total cost (`scipy.optimize.linear_sum_assignment`). Each
    is expected at the position to which its average speed would have taken it.

    As in ByteTrack (Zhang et al. 2022, arXiv:2110.06864), a weak detection continues a track but never begins one.
    Brief false detections are therefore not reported, and a face in a difficult moment is not lost.

    A track may miss detections for `max_gap` seconds; at low frame rates it survives from one frame to the next however
    long that takes. A scene cut ends every track. Where the frame changes its size, the tracks are scaled with it.

    Args:
        cuts: The detector of scene cuts; a new `SceneCuts` when None.
        max_gap: Seconds for which a face may be lost.
        start_score: The least detection score that begins a track, 0 to 1.
    """

    def __init__(
        self, cuts: CutDetector | None = None, *, max_gap: float = MAX_GAP, start_score: float = START_SCORE
    ) -> None:
        self._cuts = SceneCuts() if cuts is None else cuts
        self._max_gap = max_gap
        self._start_score = start_score
        self._tracks: list[_Track] = []
        self._size: Canvas | None = None
        self._last_id = 0
        self._ended: frozenset[int] = frozenset()

    def update(self, frame: Frame, faces: Sequence[Face], *, is_cut: bool | None = None) -> list[TrackedFace]:
        """Return the faces of the next frame with their identities. See `Tracker`."""
        self._end_tracks(frame, self._cuts.is_cut(frame.pixels) if is_cut is None else is_cut)
        self._follow_size(frame)
        matched = self._match(frame.time, faces)
        for track in self._tracks:
            track.is_lost = True
        tracked = []
        for index, face in enumerate(faces):
            if index in matched:
                track = matched[index]
                track.follow(face.box, frame.time, self._max_gap)
            elif face.score >= self._start_score:
                track = self._begin(face.box, frame.time)
            else:
                continue
            tracked.append(TrackedFace(track.face_id, face))
        return sorted(tracked, key=lambda one: one.face_id)

    def ended(self) -> frozenset[int]:
        """Return the identities that the last `update` gave up for good. See `Tracker`."""
        return self._ended

    def _begin(self, box: Box, time: float) -> _Track:
        self._last_id += 1
        track = _Track(self._last_id, box, time)
        self._tracks.append(track)
        return track

    def _end_tracks(self, frame: Frame, is_cut: bool) -> None:
        kept = []
        if not is_cut:
            longest = self._max_gap + _TOLERANCE_S
            kept = [track for track in self._tracks if not track.is_lost or frame.time - track.time <= longest]
        self._ended = frozenset(track.face_id for track in self._tracks) - {track.face_id for track in kept}
        self._tracks = kept

    def _follow_size(self, frame: Frame) -> None:
        """Scale the tracks where the frame has another size than the one before."""
        if self._size is not None and self._size.size == (frame.width, frame.height):
            return
        if self._size is not None:
            placement = frame.size.follow(self._size)
            for track in self._tracks:
                track.move(placement)
        self._size = frame.size

    def _match(self, time: float, faces: Sequence[Face]) -> dict[int, _Track]:
        """Return the track of each face that continues one, by the index of the face."""
        if not self._tracks or not faces:
            return {}
        costs = np.array([[track.cost(face.box, time, self._max_gap) for face in faces] for track in self._tracks])
        rows, columns = linear_sum_assignment(np.minimum(costs, _IMPOSSIBLE))
        return {
            int(column): self._tracks[row]
            for row, column in zip(rows, columns, strict=True)
            if costs[row, column] < _IMPOSSIBLE
        }


@dataclass(slots=True)
class _Track:
    """The state of one face that is followed.

    Attributes:
        face_id: The identity of the face.
        box: Its last detected box, in pixels.
        time: The time of that detection, in seconds.
        speed: The average speed of its centre, in pixels a second.
        is_lost: True if the last frame had no detection for it.
    """

    face_id: int
    box: Box
    time: float
    speed: Point = _AT_REST
    is_lost: bool = False

    def cost(self, box: Box, time: float, max_gap: float) -> float:
        """Return the cost of finding this face at `box` at `time`: 0 to about 3, or infinity where it cannot be."""
        elapsed = time - self.time
        expected = self._expected(elapsed, max_gap)
        size, other_size = math.sqrt(expected.area), math.sqrt(box.area)
        if not 0 < max(size, other_size) <= _MAX_SCALE * min(size, other_size):
            return math.inf
        distance = expected.centre.distance(box.centre) / ((size + other_size) / 2)
        if distance > min(_REACH + _REACH_PER_SECOND * elapsed, _MAX_REACH):
            return math.inf
        return 1 - expected.iou(box) + distance

    def follow(self, box: Box, time: float, max_gap: float) -> None:
        """Continue the track with a detection at `box` at `time`."""
        elapsed = time - self.time
        if 0 < elapsed <= max_gap:
            weight = -math.expm1(-elapsed / _SPEED_SECONDS)
            self.speed = Point(
                self.speed.x + weight * ((box.centre.x - self.box.centre.x) / elapsed - self.speed.x),
                self.speed.y + weight * ((box.centre.y - self.box.centre.y) / elapsed - self.speed.y),
            )
        else:
            self.speed = _AT_REST
        self.box, self.time, self.is_lost = box, time, False

    def move(self, placement: Placement) -> None:
        """Continue the track in pixels of another picture, on which the old one has this place."""
        self.box = placement.box(self.box)
        self.speed = Point(self.speed.x * placement.scale_x, self.speed.y * placement.scale_y)

    def _expected(self, elapsed: float, max_gap: float) -> Box:
        passed = min(elapsed, max_gap)
        return self.box._replace(x=self.box.x + self.speed.x * passed, y=self.box.y + self.speed.y * passed)


class StillFaces:
    """A tracker for unrelated pictures, which numbers the faces of each from 1, from left to right."""

    def update(
        self,
        frame: Frame,  # noqa: ARG002
        faces: Sequence[Face],
        *,
        is_cut: bool | None = None,  # noqa: ARG002
    ) -> list[TrackedFace]:
        """Return every face with its number. See `Tracker`."""
        ordered = sorted(faces, key=lambda face: face.box.centre)
        return [TrackedFace(number, face) for number, face in enumerate(ordered, start=1)]

    def ended(self) -> frozenset[int]:
        """Return nothing: no identity lasts beyond its picture, so none has to be forgotten."""
        return frozenset()
