"""FER framing: the square around a face, from its eyes or from its box."""

from __future__ import annotations

import pytest
from framed_faces import face_at
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.crop.framing import BLAZEFACE_BOX, HAAR_BOX, box_from_square, fer_square, square_from_box

places = st.floats(-1e5, 1e5)


def test_without_eyes_the_box_gives_the_same_square() -> None:
    face = face_at(37, 21, 100)
    assert fer_square(Face(face.box, 0.9)) == pytest.approx(fer_square(face), abs=1e-9)
    assert fer_square(face) == pytest.approx((37, 21, 100, 100))


@pytest.mark.parametrize("factor", [0.0, 0.3, 2.0])
def test_implausible_eyes_are_ignored(factor: float) -> None:
    """In a profile the eyes nearly coincide, and a crop framed by them would show only a detail."""
    face = face_at(37, 21, 100)
    right, left = face.eyes or (Point(0, 0), Point(0, 0))
    odd = Face(face.box, 0.9, (right, Point(right.x + factor * (left.x - right.x), left.y)))
    assert fer_square(odd) == fer_square(Face(face.box, 0.9))


@given(square=st.builds(lambda x, y, side: Box(x, y, side, side), places, places, st.floats(1, 1e4)))
def test_square_and_box_conversions_are_inverse(square: Box) -> None:
    for convention in (BLAZEFACE_BOX, HAAR_BOX):
        assert square_from_box(box_from_square(square, convention), convention) == pytest.approx(
            square, rel=1e-6, abs=1e-4
        )
