"""The largest faces of a picture, chosen so that they do not change from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from fervid.core.readings import Face, Frame, TrackedFace
from fervid.track.base import Tracker

LARGER: Final = 1.25
"""The width, in widths of a chosen face, that another one must have to take its place."""

PATIENCE_S: Final = 1.0
"""The time in seconds for which it must have that width, less the time for which it has not."""


class MainFaces:
    """A tracker that reports the largest faces of another one.

    A face that was chosen keeps its place, also while it is hidden, until its track ends or another face has been
    clearly larger for a while. So the choice does not jump between two people of about the same size. It depends on
    frames that have passed alone, and is the same live.

    The numbers of faces are those of the other tracker.

    Args:
        tracker: Follows all faces.
        most: The number of faces to report.
    """

    def __init__(self, tracker: Tracker, most: int) -> None:
        self._tracker = tracker
        self._most = most
        self._chosen: set[int] = set()
        self._widths: dict[int, float] = {}
        self._leads: dict[int, float] = {}  # seconds for which a face that is not chosen has been clearly larger
        self._time: float | None = None

    def update(self, frame: Frame, faces: Sequence[Face], *, is_cut: bool | None = None) -> list[TrackedFace]:
        """Return the largest faces of the next frame with their identities. See `Tracker`."""
        tracked = self._tracker.update(frame, faces, is_cut=is_cut)
        elapsed = 0.0 if self._time is None else frame.time - self._time
        self._time = frame.time
        self._forget(self._tracker.ended())
        self._widths |= {one.face_id: math.sqrt(one.face.box.area) for one in tracked}
        others = sorted((one.face_id for one in tracked), key=lambda number: -self._widths[number])
        for number in others:
            if len(self._chosen) < self._most:
                self._choose(number)
        for number in others:
            if number not in self._chosen:
                self._challenge(number, elapsed)
        return [one for one in tracked if one.face_id in self._chosen]

    def ended(self) -> frozenset[int]:
        """Return the identities that the other tracker gave up, chosen or not. See `Tracker`."""
        return self._tracker.ended()

    def _choose(self, number: int) -> None:
        self._chosen.add(number)
        self._leads.pop(number, None)

    def _challenge(self, number: int, elapsed: float) -> None:
        """Let a face take the place of the smallest chosen one where it has been clearly larger for long enough."""
        smallest = min(self._chosen, key=lambda chosen: self._widths[chosen])
        is_larger = self._widths[number] >= LARGER * self._widths[smallest]
        lead = self._leads.get(number, 0.0) + (elapsed if is_larger else -elapsed)
        self._leads[number] = min(max(0.0, lead), PATIENCE_S)
        if is_larger and lead >= PATIENCE_S:
            self._chosen.remove(smallest)
            self._choose(number)

    def _forget(self, ended: frozenset[int]) -> None:
        self._chosen -= ended
        for number in ended:
            self._widths.pop(number, None)
            self._leads.pop(number, None)


def largest(faces: Sequence[Face], most: int | None) -> list[Face]:
    """Return the largest faces of a still picture, in the order in which they were given.

    Args:
        faces: The faces.
        most: The number of faces to return; None for all.
    """
    if most is None or len(faces) <= most:
        return list(faces)
    kept = sorted(range(len(faces)), key=lambda index: -faces[index].box.area)[:most]
    return [faces[index] for index in sorted(kept)]
