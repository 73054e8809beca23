"""Faces that have no before and after."""

from __future__ import annotations

from collections.abc import Sequence

from fervid.core.readings import Face, Frame, TrackedFace


class StillFaces:
    """Numbers the faces of each picture from 1, from left to right, whatever the picture before it showed."""

    def update(self, frame: Frame, faces: Sequence[Face]) -> list[TrackedFace]:  # noqa: ARG002
        """Take every face. See `Tracker`."""
        ordered = sorted(faces, key=lambda face: face.box.centre)
        return [TrackedFace(number, face) for number, face in enumerate(ordered, start=1)]

    def ended(self) -> frozenset[int]:
        """Nothing goes on, so nothing ends."""
        return frozenset()
