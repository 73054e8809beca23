"""Numbered slots for faces, for receivers that know no identities."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fervid.core.readings import FaceReading, FrameReading

HOLD_S: Final = 1.0
"""The time for which a face keeps its slot while it is not detected, in seconds."""


@dataclass(frozen=True, slots=True)
class SlottedFaces:
    """The faces of one frame in their slots.

    Attributes:
        faces: The faces that have a slot, by its number, from 1.
        left: The number of each slot that has become free, and the identity of the face that had it.
    """

    faces: Mapping[int, FaceReading]
    left: tuple[tuple[int, int], ...] = ()


class Slots:
    """Slots that each hold one face from its first frame until it has left.

    A new face gets the free slot with the smallest number. A face has left when it was not detected for `HOLD_S`. While
    all slots are taken, further faces have none.

    Args:
        count: The number of slots; None for as many as there are faces.
    """

    def __init__(self, count: int | None = None) -> None:
        self._count = count
        self._held: dict[int, tuple[int, float]] = {}

    def place(self, reading: FrameReading) -> SlottedFaces:
        """Return the faces of the next frame in their slots."""
        faces = {face.face_id: face for face in reading.faces}
        left = []
        placed = {}
        for slot, (face_id, seen) in list(self._held.items()):
            if face_id in faces:
                placed[slot] = faces.pop(face_id)
                self._held[slot] = (face_id, reading.time)
            elif reading.time - seen > HOLD_S:
                del self._held[slot]
                left.append((slot, face_id))
        for face in faces.values():
            slot = next(number for number in itertools.count(1) if number not in self._held)
            if self._count is None or slot <= self._count:
                placed[slot] = face
                self._held[slot] = (face.face_id, reading.time)
        return SlottedFaces(dict(sorted(placed.items())), tuple(sorted(left)))

    def clear(self) -> tuple[tuple[int, int], ...]:
        """Free all slots, and return their numbers and the identities of the faces that had them."""
        left = tuple(sorted((slot, face_id) for slot, (face_id, _) in self._held.items()))
        self._held.clear()
        return left
