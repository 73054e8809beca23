"""The interface of every tracker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fervid.core.readings import Face, Frame, TrackedFace


class Tracker(Protocol):
    """An assignment of identities to the faces of one frame after the other, whatever detector found them."""

    def update(self, frame: Frame, faces: Sequence[Face], *, is_cut: bool | None = None) -> list[TrackedFace]:
        """Return the faces of the next frame with their identities.

        Args:
            frame: The next frame, later than the one before.
            faces: The faces that the detector found in it, in any order and in its pixels, which are square.
            is_cut: True if a new scene begins with this frame; None where that is not known yet.

        Returns:
            The confirmed faces, in the order of `face_id`. A face that may be a false detection is left out.
        """
        ...

    def ended(self) -> frozenset[int]:
        """Return the identities that the last `update` gave up for good, so that other stages can forget them."""
        ...
