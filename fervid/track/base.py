"""What every tracker is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fervid.core.readings import Face, Frame, TrackedFace


class Tracker(Protocol):
    """Tells which face of this frame is which of the frames before; knows no detector."""

    def update(self, frame: Frame, faces: Sequence[Face]) -> list[TrackedFace]:
        """Give the faces of the next frame their identities.

        Args:
            frame: The frame, later than the one before.
            faces: What the detector found in it.

        Returns:
            The faces that count, in the order of their `face_id`; a face that the tracker does not believe in yet is
            left out.
        """
        ...

    def ended(self) -> frozenset[int]:
        """The identities that the last `update` gave up for good, so that others can forget them."""
        ...
