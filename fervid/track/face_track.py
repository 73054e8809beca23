"""One face that is followed from frame to frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fervid.core.canvas import Canvas
from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.track.motion import Motion

# The distance, in face widths, at which a detection may lie from the expected place: the base, the addition for each
# second since the last detection, and the limit.
_REACH: Final = 1.0
_REACH_PER_SECOND: Final = 3.0
_MAX_REACH: Final = 3.0

# The same at the edge of the frame, where one person may leave while another one comes.
_EDGE_REACH_PER_SECOND: Final = 1.0
_MAX_EDGE_REACH: Final = 2.0

_STRIDE: Final = 0.7
"""The part of the way at its last speed by which a face may lie farther away: somebody fast may speed up or turn."""

_INSIDE: Final = 0.99
"""The least share of a box that lies in the frame where it is not at the edge."""

_COVERED: Final = 0.3
"""The least share of the place of a lost face that one detected face must cover to be what hides it."""


def is_inside(box: Box, size: Canvas) -> bool:
    """Return False for a box at the edge of a frame of this size, where people come and leave."""
    return box.clipped(size.width, size.height).area >= _INSIDE * box.area


@dataclass(slots=True, init=False, eq=False)
class FaceTrack:
    """The state of one face that is followed.

    Attributes:
        face_id: The identity of the face; 0 until it counts.
        motion: The estimate of its place at `time`.
        expected: The prediction for the next frame.
        begun: The time of its first detection, in seconds.
        time: The time of its last detection.
        detections: The number of its detections.
        is_lost: True if the last frame had no detection for it.
        covered: The seconds since its last detection in which another face covered its place.
    """

    face_id: int
    motion: Motion
    expected: Motion
    begun: float
    time: float
    detections: int
    is_lost: bool
    covered: float
    _expected_time: float
    _elapsed: float
    _size: Canvas

    def __init__(self, face: Face, time: float) -> None:
        self.face_id = 0
        self.motion = self.expected = Motion.first(face.box)
        self.begun = self.time = self._expected_time = time
        self.detections = 1
        self.is_lost = False
        self.covered = 0.0

    @property
    def reach(self) -> float:
        """The distance at which a detection may lie from the expected place, in face widths."""
        elapsed = self._expected_time - self.time
        if not is_inside(self.expected.box, self._size):
            return min(_REACH + _EDGE_REACH_PER_SECOND * elapsed, _MAX_EDGE_REACH)
        return min(_REACH + _REACH_PER_SECOND * elapsed, _MAX_REACH) + _STRIDE * self.motion.pace * elapsed

    def expect(self, time: float, moved: Point, size: Canvas) -> None:
        """Predict the place of the face at `time`, and take it for lost until it is found there.

        Args:
            time: The time of the next frame, in seconds.
            moved: The expected motion of the camera since the frame before, in pixels.
            size: The size of the next frame.
        """
        self._size = size
        self._elapsed, self._expected_time = time - self._expected_time, time
        self.motion = self.motion.shifted(moved)
        self.expected = self.motion.after(time - self.time)
        self.is_lost = True

    def shift(self, by: Point) -> None:
        """Move the face by some pixels, because the camera moved."""
        self.motion, self.expected = self.motion.shifted(by), self.expected.shifted(by)

    def wait(self, faces: Sequence[Face]) -> None:
        """Note that the frame for which `expect` was called shows these faces, but not this one."""
        place = self.expected.box
        x, y = place.centre
        is_in_frame = 0 <= x < self._size.width and 0 <= y < self._size.height
        if is_in_frame and any(place.intersection(face.box).area >= _COVERED * place.area for face in faces):
            self.covered += self._elapsed

    def follow(self, face: Face) -> None:
        """Continue the track with a detection in the frame for which `expect` was called."""
        self.motion = self.expected.corrected(face.box)
        self.time = self._expected_time
        self.detections += 1
        self.is_lost = False
        self.covered = 0.0
