"""Faces in pictures that have nothing to do with each other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.track.still import StillFaces


def face(x: float) -> Face:
    return Face(Box(x, 50.0, 40.0, 40.0), 0.5)


def test_faces_are_numbered_from_left_to_right_in_every_picture_anew() -> None:
    tracker = StillFaces()
    for index, places in enumerate([(300.0, 10.0, 150.0), (20.0,), ()]):
        frame = Frame(np.zeros((100, 400, 3), np.uint8), index, index, Fraction(1))
        tracked = tracker.update(frame, [face(x) for x in places])
        assert [one.face_id for one in tracked] == list(range(1, len(places) + 1))
        assert [one.face.box.x for one in tracked] == sorted(places)
        assert tracker.ended() == frozenset()
