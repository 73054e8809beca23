"""A face that is followed through the frames of a scene."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.crop.framing import fer_square
from fervid.detect.base import is_same_face

_PATCH: Final = 20
_SAMPLES: Final = 3  # pixels of the frame, at most, for a pixel of the patch in each direction
_DAMPING: Final = 0.5  # the part of the last movement that is expected to go on
_NOISE: Final = 4.0  # levels of brightness that differ by noise alone
_STEADY: Final = 0.2  # the largest difference between a predicted face and the last one seen that needs no look
_MATCHED_WIDTHS: Final = 0.9
_MATCHED_SCALE: Final = 1.8

Patch = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The result of a look for one face.

    Attributes:
        step: The number of the frame.
        time: Its time, in seconds.
        face: The face; None where it was not found.
        patch: The face's pixels, reduced; None where it was not found.
    """

    step: int
    time: float
    face: Face | None
    patch: Patch | None = None


class Followed:
    """A face, with what the looks for it have found.

    Attributes:
        last: The last face that was found.
        last_time: The time at which it was found, in seconds.
        best_score: The highest score at which it was found, 0 to 1.
        is_new: True if it was looked for no more since it was found, so that its movement is not known.
    """

    def __init__(self, seen: Seen) -> None:
        assert seen.face is not None
        self._seen = [seen]
        self.last: Face = seen.face
        self.last_time = seen.time
        self.best_score = seen.face.score
        self.is_new = True

    @property
    def is_lost(self) -> bool:
        """True if the last look did not find the face."""
        return self._seen[-1].face is None

    @property
    def newest(self) -> Seen:
        """The result of the look at the latest frame."""
        return self._seen[-1]

    @property
    def speed(self) -> float:
        """The speed of the face between the last two looks that found it, in its widths a second."""
        found = self._found()[-2:]
        if len(found) < 2:
            return 0.0
        (before, begin), (after, end) = found
        return after.box.centre.distance(before.box.centre) / max(1.0, after.box.width) / (end - begin)

    def add(self, seen: Seen) -> None:
        """Add the result of a look at a frame, later or earlier than the others; the latest replaces one."""
        place = bisect_left(self._steps(), seen.step)
        replaces = place < len(self._seen) and self._seen[place].step == seen.step
        self._seen[place : place + replaces] = [seen]
        self.is_new = False
        if seen.face is None:
            return
        self.best_score = max(self.best_score, seen.face.score)
        if seen.time >= self.last_time:
            self.last, self.last_time = seen.face, seen.time

    def forget(self, step: int) -> None:
        """Forget what only frames before `step` need."""
        place = bisect_left(self._steps(), step)
        del self._seen[: max(0, place - 2)]  # two are needed for the movement

    def around(self, step: int) -> tuple[Seen | None, Seen | None]:
        """Return the looks at or before a frame, and at or after it; None where there is none."""
        place = bisect_left(self._steps(), step)
        after = self._seen[place] if place < len(self._seen) else None
        if after is not None and after.step == step:
            return after, after
        return (self._seen[place - 1] if place else None), after

    def at(self, step: int, time: float) -> Face | None:
        """Return the face in a frame, between two looks or after the last one; None where it is not there."""
        before, after = self.around(step)
        if before is None or before.face is None:
            return None
        if after is None:
            return self.expected(time)
        if after.face is None:
            return None
        if before is after:
            return before.face
        return between(before.face, after.face, (time - before.time) / max(1e-9, after.time - before.time))

    def sure_at(self, step: int, time: float) -> Face | None:
        """Return the face in a frame, as `at` does, with the highest score at which it was found in any frame."""
        face = self.at(step, time)
        return None if face is None else replace(face, best_score=self.best_score)

    def expected(self, time: float) -> Face:
        """Return the face where it is expected after the last look that found it."""
        found = self._found()[-2:]
        return self.last if len(found) < 2 or time <= found[1][1] else _beyond(found[0], found[1], time)

    def near(self, step: int, time: float) -> Face:
        """Return the face where it is to be looked for in any frame."""
        face = self.at(step, time)
        if face is not None:
            return face
        before, after = self.around(step)
        if after is None or (before is not None and before.face is self.last):
            return self.expected(time)
        if before is not None and before.face is not None:
            return before.face
        later = self._found(after=step)[:2]
        if len(later) == 2:
            return _beyond(later[1], later[0], time)
        return later[0][0] if later else self.last

    def is_plain(self, step: int, time: float, pixels: Pixels) -> bool:
        """Return True if the looks before and after a frame tell what it shows of the face."""
        before, after = self.around(step)
        if before is after or all(seen is None or seen.face is None for seen in (before, after)):
            return True
        face = self.at(step, time)
        if face is None or before is None or after is None or before.patch is None or after.patch is None:
            return False
        shown = patch(pixels, face)
        return min(difference(shown, before.patch), difference(shown, after.patch)) <= _STEADY

    def is_steady(self, time: float, pixels: Pixels) -> bool:
        """Return True if a frame after the last look shows the same face where it is expected."""
        before = self.newest.patch
        return before is not None and difference(patch(pixels, self.expected(time)), before) <= _STEADY

    def _found(self, after: int = -1) -> list[tuple[Face, float]]:
        """Return the faces that looks found later than at a step, and their times."""
        return [(seen.face, seen.time) for seen in self._seen if seen.step > after and seen.face is not None]

    def _steps(self) -> list[int]:
        return [seen.step for seen in self._seen]


def _beyond(far: tuple[Face, float], near: tuple[Face, float], time: float) -> Face:
    """Return a face beyond the nearer one of two looks that found it, after both or before both."""
    share = min(1.0, (time - near[1]) / (near[1] - far[1]))
    return between(far[0], near[0], 1 + _DAMPING * share)


def between(one: Face, other: Face, weight: float) -> Face:
    """Return a face on the way from one to another; `weight` is 0 for the first, 1 for the other, and may exceed 1."""
    box = Box(*[start + weight * (end - start) for start, end in zip(one.box, other.box, strict=True)])
    points = other.keypoints
    if len(one.keypoints) == len(other.keypoints):
        pairs = zip(one.keypoints, other.keypoints, strict=True)
        points = tuple([Point(a.x + weight * (b.x - a.x), a.y + weight * (b.y - a.y)) for a, b in pairs])
    return Face(box, min(one.score, other.score), points)


def patch(pixels: Pixels, face: Face) -> Patch:
    """Return the face's pixels, reduced to a few: (20, 20) float32 with a mean of 0."""
    square = fer_square(face)
    left, top = max(0, min(round(square.x), pixels.width - 1)), max(0, min(round(square.y), pixels.height - 1))
    right = min(pixels.width, max(left + 1, round(square.right)))
    bottom = min(pixels.height, max(top + 1, round(square.bottom)))
    part = pixels.within(left, top, right, bottom).reduced(_PATCH * _SAMPLES).grey
    few = cv2.resize(part, (_PATCH, _PATCH), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(few - np.float32(cv2.mean(few)[0]), np.float32)


def difference(one: Patch, other: Patch) -> float:
    """Return how much two patches differ, relative to their contrast: 0 for the same, about 1 for unrelated ones."""
    contrast = (cv2.norm(one, cv2.NORM_L1) + cv2.norm(other, cv2.NORM_L1)) / 2 / one.size
    return max(0.0, cv2.norm(one, other, cv2.NORM_L1) / one.size - _NOISE) / (contrast + _NOISE)


def matched(expected: Sequence[Box], faces: Sequence[Face]) -> dict[int, Face]:
    """Return the faces that were found for those expected, by the index of the expected one."""
    pairs = sorted(
        (_distance(box, face), index, number)
        for index, box in enumerate(expected)
        for number, face in enumerate(faces)
        if max(box.width, face.box.width) <= _MATCHED_SCALE * max(1.0, min(box.width, face.box.width))
    )
    found: dict[int, Face] = {}
    taken: set[int] = set()
    for distance, index, number in pairs:
        if distance <= _MATCHED_WIDTHS and index not in found and number not in taken:
            found[index] = faces[number]
            taken.add(number)
    return found


def nearest(expected: Sequence[Box], found: Mapping[int, Face]) -> dict[int, Face]:
    """Return those of the found faces that are not one that was found nearer to where another is expected.

    Args:
        expected: The boxes of the faces that were looked for.
        found: The faces that were found, by the index of the expected one. Several may be one face.
    """
    kept: dict[int, Face] = {}
    for index in sorted(found, key=lambda index: _distance(expected[index], found[index])):
        if not any(is_same_face(found[index], other) for other in kept.values()):
            kept[index] = found[index]
    return kept


def _distance(expected: Box, face: Face) -> float:
    """Return how far a face lies from where it is expected, in widths."""
    return expected.centre.distance(face.box.centre) / max(1.0, expected.width)
