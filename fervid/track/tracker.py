"""Keeps faces apart over time by where they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face, Frame, TrackedFace
from fervid.track.cuts import CutDetector, SceneCuts

MAX_GAP: Final = 0.5
"""How long, in seconds, a face may be lost and still be the same face when it returns."""

START_SCORE: Final = 0.7
"""The least score that begins a track; below it, a detection only continues one."""

# In widths of the face: how far it may be from where it is expected, and how much more for each second passed.
_REACH: Final = 1.0
_REACH_PER_SECOND: Final = 1.0
_MOST_REACH: Final = 2.0
# A face does not become larger than this many times its size, or smaller than one such part, between two sightings.
_MOST_GROWTH: Final = 2.0
# Over how many seconds a face's speed is averaged: jumps of its box from frame to frame are mostly noise.
_SPEED_TIME: Final = 0.15
_STILL: Final = Point(0.0, 0.0)
# Stands for "never" in the assignment, which cannot take infinity everywhere.
_NEVER: Final = 1e6
# Times are whole ticks of a clock, so half a second may come out a hair longer.
_GRACE: Final = 1e-6


class OverlapTracker:
    """Matches faces to tracks by overlap and distance of their boxes, all at once and at the least total cost.

    As in ByteTrack (Zhang et al. 2022, arXiv:2110.06864) a weak detection continues a track but never begins one, so
    that what passes for a face for a moment is not reported while a face in a bad moment is not lost. A face is
    expected where its speed would have carried it. It may be lost for `max_gap` seconds, or, in a video of few frames,
    from one frame to the next however long that takes. A scene cut ends every track.

    Args:
        cuts: Finds scene cuts; a fresh `SceneCuts` when None.
        max_gap: How long, in seconds, a face may be lost.
        start_score: The least score that begins a track, 0 to 1.
    """

    def __init__(
        self, cuts: CutDetector | None = None, *, max_gap: float = MAX_GAP, start_score: float = START_SCORE
    ) -> None:
        self._cuts = SceneCuts() if cuts is None else cuts
        self._max_gap = max_gap
        self._start_score = start_score
        self._tracks: list[_Track] = []
        self._last_id = 0
        self._ended: frozenset[int] = frozenset()

    def update(self, frame: Frame, faces: Sequence[Face]) -> list[TrackedFace]:
        """Give the faces of the next frame their identities. See `Tracker`."""
        self._end(frame)
        matched = self._match(frame.time, faces)
        for track in self._tracks:
            track.lost = True
        seen = []
        for index, face in enumerate(faces):
            if index in matched:
                track = matched[index]
                track.follow(face.box, frame.time, self._max_gap)
            elif face.score >= self._start_score:
                track = self._begin(face.box, frame.time)
            else:
                continue
            seen.append(TrackedFace(track.face_id, face))
        return sorted(seen, key=lambda tracked: tracked.face_id)

    def ended(self) -> frozenset[int]:
        """The identities that the last `update` gave up for good."""
        return self._ended

    def _begin(self, box: Box, time: float) -> _Track:
        self._last_id += 1
        track = _Track(self._last_id, box, time)
        self._tracks.append(track)
        return track

    def _end(self, frame: Frame) -> None:
        kept = []
        if not self._cuts.is_cut(frame.image):
            longest = self._max_gap + _GRACE
            kept = [track for track in self._tracks if not track.lost or frame.time - track.time <= longest]
        self._ended = frozenset(track.face_id for track in self._tracks) - {track.face_id for track in kept}
        self._tracks = kept

    def _match(self, time: float, faces: Sequence[Face]) -> dict[int, _Track]:
        """The track of each face that has one, by the face's index."""
        if not self._tracks or not faces:
            return {}
        costs = np.array([[track.cost(face.box, time, self._max_gap) for face in faces] for track in self._tracks])
        rows, columns = linear_sum_assignment(np.minimum(costs, _NEVER))
        return {
            int(column): self._tracks[row]
            for row, column in zip(rows, columns, strict=True)
            if costs[row, column] < _NEVER
        }


@dataclass(slots=True)
class _Track:
    """One face's way so far.

    Attributes:
        face_id: Whose.
        box: Where it was last seen.
        time: When it was last seen, in seconds.
        speed: Of its centre, in pixels a second.
        lost: Whether the last frame did not show it.
    """

    face_id: int
    box: Box
    time: float
    speed: Point = _STILL
    lost: bool = False

    def cost(self, box: Box, time: float, max_gap: float) -> float:
        """How unlikely it is to be at `box` now: 0 to about 3, or infinite."""
        elapsed = time - self.time
        expected = self._expected(elapsed, max_gap)
        size, other_size = math.sqrt(expected.area), math.sqrt(box.area)
        if not 0 < max(size, other_size) <= _MOST_GROWTH * min(size, other_size):
            return math.inf
        distance = expected.centre.distance(box.centre) / ((size + other_size) / 2)
        if distance > min(_REACH + _REACH_PER_SECOND * elapsed, _MOST_REACH):
            return math.inf
        return 1 - expected.iou(box) + distance

    def follow(self, box: Box, time: float, max_gap: float) -> None:
        """It is at `box` now."""
        elapsed = time - self.time
        if 0 < elapsed <= max_gap:
            weight = -math.expm1(-elapsed / _SPEED_TIME)
            self.speed = Point(
                self.speed.x + weight * ((box.centre.x - self.box.centre.x) / elapsed - self.speed.x),
                self.speed.y + weight * ((box.centre.y - self.box.centre.y) / elapsed - self.speed.y),
            )
        else:
            self.speed = _STILL
        self.box, self.time, self.lost = box, time, False

    def _expected(self, elapsed: float, max_gap: float) -> Box:
        passed = min(elapsed, max_gap)
        return self.box._replace(x=self.box.x + self.speed.x * passed, y=self.box.y + self.speed.y * passed)


class StillFaces:
    """Numbers the faces of each picture from 1, from left to right, whatever the picture before it showed."""

    def update(self, frame: Frame, faces: Sequence[Face]) -> list[TrackedFace]:  # noqa: ARG002
        """Take every face. See `Tracker`."""
        ordered = sorted(faces, key=lambda face: face.box.centre)
        return [TrackedFace(number, face) for number, face in enumerate(ordered, start=1)]

    def ended(self) -> frozenset[int]:
        """Nothing goes on, so nothing ends."""
        return frozenset()
