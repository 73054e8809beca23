"""Crops for the network: framing, repeated edges, sizes and colours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from framed_faces import face_at
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face
from fervid.crop.crops import crop, crop_faces

places = st.floats(-1e5, 1e5)
lengths = st.floats(0, 1e5)
boxes = st.builds(Box, places, places, lengths, lengths)
points = st.builds(Point, places, places)
faces = st.builds(Face, boxes, st.just(0.9), st.one_of(st.just(()), st.tuples(points, points)))


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


@given(
    face=faces,
    size=st.sampled_from([1, 48, 64]),
    colour=st.sampled_from(["grey", "rgb"]),
    height=st.integers(1, 60),
    width=st.integers(1, 60),
)
def test_any_face_gives_a_crop_of_the_right_shape(face: Face, size: int, colour: str, height: int, width: int) -> None:
    cut = crop(np.full((height, width, 3), 77, np.uint8), face, size, colour)
    assert cut.shape == (1 if colour == "grey" else 3, size, size)
    assert cut.dtype == np.uint8
    assert cut.flags.c_contiguous
    assert (cut == 77).all(), "what lies outside a plain frame looks like the frame"


@given(
    x=st.integers(0, 100),
    y=st.integers(0, 60),
    side=st.integers(10, 100),
    tilt=st.floats(-40, 40),
    size=st.sampled_from([48, 64]),
)
def test_a_crop_inside_the_frame_equals_the_naive_one(x: int, y: int, side: int, tilt: float, size: int) -> None:
    image = noise(160, 200)
    # A hair more, so that rounding cannot go either way.
    cut = crop(image, face_at(x + 0.01, y + 0.01, side + 0.01, tilt), size, "grey")
    how = cv2.INTER_AREA if side > size else cv2.INTER_LINEAR
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)[y : y + side, x : x + side]
    assert np.array_equal(cut[0], cv2.resize(grey, (size, size), interpolation=how))


@given(x=st.integers(-150, 250), y=st.integers(-150, 200), side=st.integers(8, 120))
def test_a_crop_across_the_edge_equals_one_from_a_padded_frame(x: int, y: int, side: int) -> None:
    image = noise(120, 160)
    padded = cv2.copyMakeBorder(image, 300, 300, 300, 300, cv2.BORDER_REPLICATE).astype(np.uint8)
    outside = crop(image, face_at(x + 0.01, y + 0.01, side + 0.01), 48, "rgb")
    inside = crop(padded, face_at(x + 300.01, y + 300.01, side + 0.01), 48, "rgb")
    assert np.array_equal(outside, inside)


def test_a_face_drawn_at_a_known_place_has_its_eyes_where_fer2013_has_them() -> None:
    image = np.zeros((400, 600, 3), np.uint8)
    face = face_at(200, 100, 192)
    for eye in face.eyes or ():
        cv2.circle(image, (round(eye.x), round(eye.y)), 8, (255, 255, 255), -1)
    cut = crop(image, face, 48, "grey")[0]
    for columns, x in ((slice(0, 24), 0.316), (slice(24, 48), 0.685)):
        rows, offsets = np.nonzero(cut[:, columns] > 128)
        assert (offsets.mean() + columns.start + 0.5) / 48 == pytest.approx(x, abs=0.015)
        assert (rows.mean() + 0.5) / 48 == pytest.approx(0.4025, abs=0.015)


def test_colours_are_red_green_blue() -> None:
    image = np.empty((50, 50, 3), np.uint8)
    image[:] = (10, 20, 30)
    assert crop(image, face_at(10, 10, 20), 8, "rgb")[:, 0, 0].tolist() == [30, 20, 10]


def test_several_faces_are_cropped_like_each_alone() -> None:
    image, several = noise(120, 160), [face_at(10, 10, 60), face_at(90, 50, 100)]
    batch = crop_faces(image, several, 48, "grey")
    assert np.array_equal(batch, np.stack([crop(image, face, 48, "grey") for face in several]))
    assert crop_faces(image, [], 48, "rgb").shape == (0, 3, 48, 48)


@pytest.mark.parametrize("colour", ["grey", "rgb"])
@pytest.mark.parametrize("side", [287, 288, 301, 576, 611, 1153, 1999])
def test_a_large_face_is_averaged_like_a_small_one(side: int, colour: str) -> None:
    few = cv2.resize(noise(20, 20), (2000, 2000), interpolation=cv2.INTER_CUBIC)
    image = np.asarray(np.clip(few.astype(int) + noise(2000, 2000) // 4 - 32, 0, 255), np.uint8)
    cut = crop(image, face_at(0.01, 0.01, side + 0.01), 48, colour)
    plain = cv2.resize(image[:side, :side], (48, 48), interpolation=cv2.INTER_AREA)
    expected = plain[..., ::-1] if colour == "rgb" else cv2.cvtColor(plain, cv2.COLOR_BGR2GRAY)[..., None]
    difference = np.abs(cut.astype(int) - expected.transpose(2, 0, 1))
    assert difference.mean() < 2.5
