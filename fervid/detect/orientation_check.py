"""A check whether faces stand upright, and in which direction footage would have to be turned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from fervid.core.readings import Face, Frame
from fervid.core.rotation import Rotation
from fervid.crop.head_pose import head_pose
from fervid.detect.search import Search, Searched

_GOOD_SCORE: Final = 0.85
"""The least score of an upright face that proves something. Upside down, faces score 0.81 at most in the test clips."""

_MAX_ROLL: Final = 45.0
"""The largest tilt of an upright head, in degrees. Faces on their side are found too, at their true tilt."""

_SPACING: Final = 4
_ENOUGH: Final = 2


class OrientationCheck:
    """A watcher of the search that notices where a source has upright faces only when it is turned.

    As long as no frame has shown an upright face, it looks at a few frames turned by each right angle: at the first
    one, and then ever more rarely, so that a long video costs hardly more than a short one. It changes no result.

    Args:
        search: Returns a new search for a single picture.
    """

    def __init__(self, search: Callable[[], Search]) -> None:
        self._search = search
        self._is_upright = False
        self._frames = 0
        self._due = 1
        self._samples = 0
        self._found: Counter[Rotation] = Counter()

    @property
    def rotation(self) -> Rotation:
        """The only angle at which upright faces were found, and in two frames at least where several were looked at."""
        if self._is_upright or len(self._found) != 1:
            return Rotation.NONE
        ((rotation, count),) = self._found.items()
        return rotation if count >= min(_ENOUGH, self._samples) else Rotation.NONE

    def watch(self, searched: Searched) -> None:
        """Take the next frame that was searched."""
        if self._is_upright:
            return
        if _has_upright(searched.faces):
            self._is_upright = True
            return
        self._frames += 1
        if self._frames < self._due:
            return
        self._due *= _SPACING
        self._samples += 1
        for rotation in (Rotation.RIGHT, Rotation.OVER, Rotation.LEFT):
            if _has_upright(self._faces(searched.frame, rotation)):
                self._found[rotation] += 1

    def _faces(self, frame: Frame, rotation: Rotation) -> Sequence[Face]:
        search = self._search()
        turned = replace(frame, content=frame.pixels.turned(rotation), shown_on=None)
        return [face for one in (*search.add(turned), *search.flush()) for face in one.faces]


def _has_upright(faces: Sequence[Face]) -> bool:
    return any(face.score >= _GOOD_SCORE and _is_upright(face) for face in faces)


def _is_upright(face: Face) -> bool:
    pose = head_pose(face.keypoints)
    return pose is None or abs(pose.roll) <= _MAX_ROLL
