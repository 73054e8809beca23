"""Numbers that people keep when they leave and return, by the features of their faces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from fervid.core.readings import Face, Frame, TrackedFace
from fervid.track.base import Tracker
from fervid.track.recogniser import Describe, Features

SAME: Final = 0.45
"""The distance between the mean features of a face and a person below which they are one."""

DIFFERENT: Final = 0.6
"""The distance from which a first look already shows that they are two."""

PATIENCE_S: Final = 0.5
"""Seconds for which a new face is looked at, unreported, where it may be somebody who left."""

_MARGIN: Final = 0.03  # by which the nearest person must be nearer than the next
_LOOKS_S: Final = (0.0, 0.2, 0.4, 1.0, 3.0, 10.0)
"""The ages of a track, in seconds, from which features of its face are computed."""

_KEPT: Final = 12  # features kept of one person; later ones replace the oldest


class ReturningTracker:
    """A tracker that gives the faces of another one the numbers of people.

    A new face is compared with everybody who is not in the picture. Somebody known keeps their number; a stranger gets
    the next one. Where the first look does not decide, the face is looked at for `PATIENCE_S` seconds before it is
    reported, so that a number, once reported, never changes. While nobody has left, nobody is compared.

    Features are computed a few times for each face and held in memory until the tracker is dropped. They are never
    written.

    Args:
        tracker: Follows the faces while they are in the picture.
        describe: Computes the features of a face.
    """

    def __init__(self, tracker: Tracker, describe: Describe) -> None:
        self._tracker = tracker
        self._describe = describe
        self._people: list[_Person] = []
        self._visits: dict[int, _Visit] = {}
        self._ended: frozenset[int] = frozenset()

    def update(self, frame: Frame, faces: Sequence[Face], *, is_cut: bool | None = None) -> list[TrackedFace]:
        """Return the faces of the next frame with the numbers of people. See `Tracker`."""
        tracked = self._tracker.update(frame, faces, is_cut=is_cut)
        left = [self._visits.pop(number) for number in self._tracker.ended() if number in self._visits]
        here = [(self._visits.setdefault(one.face_id, _Visit(frame.time)), one.face) for one in tracked]
        for visit, face in here:
            self._look(visit, face, frame)
        self._recognise([visit for visit, _ in here], frame.time)
        self._ended = frozenset(visit.person.number for visit in left if visit.person) - {
            visit.person.number for visit in self._visits.values() if visit.person
        }
        reported = [TrackedFace(visit.person.number, face) for visit, face in here if visit.person]
        return sorted(reported, key=lambda one: one.face_id)

    def ended(self) -> frozenset[int]:
        """Return the numbers whose faces left with the last `update`. They may return. See `Tracker`."""
        return self._ended

    def _look(self, visit: _Visit, face: Face, frame: Frame) -> None:
        """Compute the features of a face where they are due."""
        if not visit.is_due(frame.time):
            return
        features = self._describe(frame.pixels, face)
        if features is None:
            return
        visit.looks += 1
        if visit.person is None:
            visit.seen.append(features)
        else:
            visit.person.remember([features])

    def _recognise(self, visits: list[_Visit], time: float) -> None:
        """Give numbers to new faces: first those of people who are known, the surest first."""
        new = [visit for visit in visits if visit.person is None]
        if not new:
            return
        present = [visit.person for visit in visits]
        absent = [person for person in self._people if person.features and person not in present]
        ranked = sorted(((_nearest(visit, absent), visit) for visit in new), key=lambda pair: pair[0].distance)
        for nearest, visit in ranked:
            if nearest.is_sure and nearest.person in absent:
                absent.remove(nearest.person)
                self._settle(visit, nearest.person)
        for nearest, visit in ranked:
            undecided = absent and nearest.distance < DIFFERENT and time - visit.begun < PATIENCE_S
            if visit.person is None and not undecided:
                self._people.append(_Person(len(self._people) + 1))
                self._settle(visit, self._people[-1])

    def _settle(self, visit: _Visit, person: _Person) -> None:
        """Take a face for this person's; a face that was lost for a moment can then no longer be theirs."""
        self._visits = {number: other for number, other in self._visits.items() if other.person is not person}
        visit.settle(person)


@dataclass(frozen=True, slots=True)
class _Nearest:
    """The person whom a face resembles most.

    Attributes:
        distance: The distance of their features; 0 where none are known of the face.
        person: The person; None where nobody is known.
        is_sure: True where the face is theirs without doubt.
    """

    distance: float
    person: _Person | None = None
    is_sure: bool = False


def _nearest(visit: _Visit, people: Sequence[_Person]) -> _Nearest:
    if not visit.seen:
        return _Nearest(0.0)
    mean = np.mean(visit.seen, axis=0)
    ranked = sorted(((person.distance(mean), person) for person in people), key=lambda pair: pair[0])
    if not ranked:
        return _Nearest(math.inf)
    distance, person = ranked[0]
    others = ranked[1][0] if len(ranked) > 1 else math.inf
    return _Nearest(distance, person, distance < SAME and others - distance > _MARGIN)


@dataclass(eq=False)
class _Person:
    """Somebody who has a number.

    Attributes:
        number: The number.
        features: What is kept of their faces.
    """

    number: int
    features: list[Features] = field(default_factory=list)

    def remember(self, features: Sequence[Features]) -> None:
        """Keep more features, in place of the oldest."""
        self.features = [*self.features, *features][-_KEPT:]

    def distance(self, features: Features) -> float:
        """Return the distance of some features from the mean of those that are kept."""
        return float(np.linalg.norm(np.mean(self.features, axis=0) - features))


@dataclass(eq=False)
class _Visit:
    """A face from when it comes into the picture until it leaves.

    Attributes:
        begun: The time of its first frame, in seconds.
        person: The person; None until that is known.
        looks: How often its features were computed.
        seen: The features until the person is known.
    """

    begun: float
    person: _Person | None = None
    looks: int = 0
    seen: list[Features] = field(default_factory=list)

    def is_due(self, time: float) -> bool:
        """Return whether the features are to be computed in a frame at `time`."""
        return self.looks < len(_LOOKS_S) and time - self.begun >= _LOOKS_S[self.looks]

    def settle(self, person: _Person) -> None:
        """Take the face for this person's from now on."""
        self.person = person
        person.remember(self.seen)
        self.seen = []
