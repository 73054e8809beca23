"""Tracking of faces by their motion, and numbering of faces in stills."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from fervid.core.canvas import Canvas
from fervid.core.geometry import Point
from fervid.core.readings import Face, Frame, TrackedFace
from fervid.track.assignment import assign
from fervid.track.camera_motion import STILL, CameraMotion
from fervid.track.expectations import cost
from fervid.track.face_track import FaceTrack, is_inside
from fervid.track.main_faces import largest
from fervid.video.cuts import CutDetector, SceneCuts

MAX_GAP: Final = 1.0
"""Seconds for which a face may be lost and still keep its identity when it returns."""

START_SCORE: Final = 0.7
"""The least detection score, 0 to 1, that begins a track at once. A face with a lower score must stay first."""

PROBATION_S: Final = 1.0
"""Seconds for which a face whose score is lower must be detected before it counts."""

_LEAST_DETECTIONS: Final = 3  # of such a face, where frames are seconds apart
_PROBATION_GAP_S: Final = 0.1  # the time for which it may be lost meanwhile

_LEAST_AREA: Final = 1.0  # of a box, in pixels, so that no figure overflows
_COVERED_S: Final = 2.0  # the time for which a face may be lost in addition, while another one covers its place

_MAX_COST: Final = 80.0
"""The `cost` from which a detection is another face."""

# The same for a weak detection, which may be false: the limit while the face has just been seen, by how much it falls
# for each second after that, and the least one. A face that has been lost for a while is expected in a large area, in
# which a false detection is likelier. Where frames are seconds apart, the cost of a face in its place is about 0.
_MAX_WEAK_COST: Final = 8.0
_WEAK_COST_PER_SECOND: Final = 40.0
_LEAST_WEAK_COST: Final = 1.0
_JUST_SEEN_S: Final = 0.1

_MAX_KNOWN_COST: Final = 16.0
"""The least limit for a weak detection of a face that the search found with a strong score in another frame.

Such a face is not false. At the edge of the frame it may still be somebody else's, who comes as another one leaves.
"""

_TOLERANCE_S: Final = 1e-6  # times are whole ticks, so a second may come out slightly longer


class MotionTracker:
    """A tracker that expects each face where its motion would have taken it.

    A Kalman filter predicts place and size of each face (`Motion`), and all faces of a frame are assigned together, at
    the greatest likelihood (`scipy.optimize.linear_sum_assignment`). The uncertainty of the prediction counts: a face
    that was just seen is expected in a small area, one that has been hidden for a while in a large one. What all faces
    have in common is taken for the motion of the camera (`CameraMotion`).

    A weak detection continues a track too (as in ByteTrack, Zhang et al. 2022, arXiv:2110.06864), but only near where
    the face is expected; alone, it counts once it has stayed. So brief false detections are not reported and seldom
    lead a track astray, and a face in a difficult moment is not lost.

    A track may miss detections for `max_gap` seconds, and for longer while another face covers its place; at low frame
    rates it survives from one frame to the next however long that takes. A scene cut ends every track. Where the frame
    changes its size, the tracks are scaled with it.

    Args:
        cuts: The detector of scene cuts; a new `SceneCuts` when None.
        max_gap: Seconds for which a face may be lost.
        start_score: The least detection score that begins a track at once, 0 to 1.
        probation: Seconds for which a face with a lower score must be detected before it counts.
    """

    def __init__(
        self,
        cuts: CutDetector | None = None,
        *,
        max_gap: float = MAX_GAP,
        start_score: float = START_SCORE,
        probation: float = PROBATION_S,
    ) -> None:
        self._cuts = SceneCuts() if cuts is None else cuts
        self._max_gap = max_gap
        self._start_score = start_score
        self._probation = probation
        self._tracks: list[FaceTrack] = []
        self._camera = CameraMotion()
        self._time = 0.0
        self._size: Canvas | None = None
        self._last_id = 0
        self._ended: frozenset[int] = frozenset()

    def update(self, frame: Frame, faces: Sequence[Face], *, is_cut: bool | None = None) -> list[TrackedFace]:
        """Return the faces of the next frame with their identities. See `Tracker`."""
        self._end_tracks(frame, self._cuts.is_cut(frame.pixels) if is_cut is None else is_cut)
        self._follow_size(frame)
        faces = [face for face in faces if face.box.area >= _LEAST_AREA]
        self._expect(frame, faces)
        found = self._assign(faces)
        for index, face in enumerate(faces):
            if index in found:
                found[index].follow(face)
            else:
                found[index] = FaceTrack(face, frame.time)
                self._tracks.append(found[index])
        for track in self._tracks:
            if track.is_lost:
                track.wait(faces)
        tracked = []
        for index, track in sorted(found.items()):
            if not track.face_id and self._counts(track, faces[index]):
                self._last_id += 1
                track.face_id = self._last_id
            if track.face_id:
                tracked.append(TrackedFace(track.face_id, faces[index]))
        return sorted(tracked, key=lambda one: one.face_id)

    def ended(self) -> frozenset[int]:
        """Return the identities that the last `update` gave up for good. See `Tracker`."""
        return self._ended

    def _expect(self, frame: Frame, faces: Sequence[Face]) -> None:
        """Predict the place of every track, with the motion of the camera that the faces tell."""
        elapsed, self._time = frame.time - self._time, frame.time
        moved = self._camera.expected(elapsed)
        counted = [track for track in self._tracks if track.face_id]
        shown = [track for track in counted if not track.is_lost]
        for track in self._tracks:
            track.expect(frame.time, moved, frame.size)
        surprise = self._camera.surprise(
            [one.expected for one in shown], [face.box for face in faces], elapsed, hidden=len(shown) < len(counted)
        )
        if surprise != STILL:
            for track in self._tracks:
                track.shift(surprise)
        self._camera.learn(Point(moved.x + surprise.x, moved.y + surprise.y), elapsed)

    def _counts(self, track: FaceTrack, face: Face) -> bool:
        if max(face.score, face.best_score) >= self._start_score:
            return True
        stayed = track.time - track.begun >= self._probation - _TOLERANCE_S
        return stayed and track.detections >= _LEAST_DETECTIONS

    def _end_tracks(self, frame: Frame, is_cut: bool) -> None:
        kept = []
        if is_cut:
            self._camera = CameraMotion()
        else:
            kept = [track for track in self._tracks if not track.is_lost or self._may_return(track, frame.time)]
        self._ended = _identities(self._tracks) - _identities(kept)
        self._tracks = kept

    def _may_return(self, track: FaceTrack, time: float) -> bool:
        if not track.face_id:
            return time - track.time <= min(self._max_gap, _PROBATION_GAP_S) + _TOLERANCE_S
        return time - track.time - min(track.covered, _COVERED_S) <= self._max_gap + _TOLERANCE_S

    def _follow_size(self, frame: Frame) -> None:
        """Scale the tracks where the frame has another size than the one before."""
        if self._size is not None and self._size.size == (frame.width, frame.height):
            return
        if self._size is not None:
            placement = frame.size.follow(self._size)
            for track in self._tracks:
                track.motion = track.motion.moved(placement)
            self._camera = CameraMotion()
        self._size = frame.size

    def _assign(self, faces: Sequence[Face]) -> dict[int, FaceTrack]:
        """Return the track of each face that continues one, by the index of the face."""
        counted = [track for track in self._tracks if track.face_id]
        strong = [index for index, face in enumerate(faces) if face.score >= self._start_score]
        found = self._best(counted, faces, strong)
        for tracks in (counted, [track for track in self._tracks if not track.face_id]):
            taken = set(map(id, found.values()))
            rest = [index for index in range(len(faces)) if index not in found]
            found |= self._best([track for track in tracks if id(track) not in taken], faces, rest)
        return found

    def _best(self, tracks: Sequence[FaceTrack], faces: Sequence[Face], indices: Sequence[int]) -> dict[int, FaceTrack]:
        """Return the most likely assignment of some faces to tracks: the track of each assigned face, by its index."""
        if not tracks or not indices:
            return {}
        chosen = [faces[index] for index in indices]
        costs = []
        for track in tracks:
            reach, weak = track.reach, _weak_limit(self._time - track.time)
            row = (cost(track.expected, face.box, reach) - self._limit(face, weak) for face in chosen)
            costs.append([min(0.0, each) for each in row])
        return {indices[column]: tracks[row] for row, column in assign(costs) if costs[row][column] < 0}

    def _limit(self, face: Face, weak: float) -> float:
        """Return the `cost` from which a detection is another face, given the limit for one that may be false."""
        if face.score >= self._start_score:
            return _MAX_COST
        if face.best_score >= self._start_score and self._size is not None and is_inside(face.box, self._size):
            return max(weak, _MAX_KNOWN_COST)
        return weak


def _weak_limit(elapsed: float) -> float:
    """Return the `cost` from which a weak detection is another face, `elapsed` seconds after the last detection."""
    return max(_LEAST_WEAK_COST, _MAX_WEAK_COST - _WEAK_COST_PER_SECOND * max(0.0, elapsed - _JUST_SEEN_S))


def _identities(tracks: Iterable[FaceTrack]) -> frozenset[int]:
    return frozenset(track.face_id for track in tracks if track.face_id)


class StillFaces:
    """A tracker for unrelated pictures, which numbers the faces of each from 1, from left to right.

    Args:
        most: The number of faces to report, the largest ones; None for all.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most

    def update(
        self,
        frame: Frame,  # noqa: ARG002
        faces: Sequence[Face],
        *,
        is_cut: bool | None = None,  # noqa: ARG002
    ) -> list[TrackedFace]:
        """Return every face, or each of the largest ones, with its number. See `Tracker`."""
        ordered = sorted(largest(faces, self._most), key=lambda face: face.box.centre)
        return [TrackedFace(number, face) for number, face in enumerate(ordered, start=1)]

    def ended(self) -> frozenset[int]:
        """Return nothing: no identity lasts beyond its picture, so none has to be forgotten."""
        return frozenset()
