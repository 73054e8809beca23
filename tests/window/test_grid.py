"""The places of several pictures in one, and a single picture as it is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.window.grid import Grid


def grey(level: int, width: int = 640, height: int = 360) -> NDArray[np.uint8]:
    return np.full((height, width, 3), level, np.uint8)


def test_a_single_picture_keeps_its_size_and_is_copied() -> None:
    grid, picture = Grid(1), grey(90, 1920, 1080)
    fitted = grid.fitted(picture)
    fitted[:] = 0
    assert (picture == 90).all()
    grid.put(0, fitted)
    assert grid.image.shape == (1080, 1920, 3)
    assert grid.blank() is None


@pytest.mark.parametrize(
    ("count", "width", "height"), [(2, 1280, 360), (3, 1280, 720), (4, 1280, 720), (5, 1278, 478), (9, 1278, 717)]
)
def test_several_have_places_of_one_size(count: int, width: int, height: int) -> None:
    assert Grid(count).image.shape == (height, width, 3)


def test_each_picture_is_as_large_as_its_place_permits_and_covers_no_other() -> None:
    grid = Grid(3)
    for number, picture in enumerate([grey(50, 1920, 1080), grey(100, 360, 360), grey(150, 320, 180)]):
        grid.put(number, grid.fitted(picture))
    rows, columns = np.array([180, 180, 540]), np.array([320, 960, 320])
    assert grid.image[rows, columns, 0].tolist() == [50, 100, 150]
    assert (grid.image[:360, :640] == 50).all()
    assert (grid.image[:360, 640 + 140 : 640 + 500] == 100).all()  # square, in the middle
    assert (grid.image[:360, 640 : 640 + 139] == 0).all()
    assert (grid.image[360:, :640] == 150).all()
    assert (grid.image[360:, 640:] == 0).all()  # the fourth place is empty


def test_the_chosen_one_is_framed() -> None:
    grid = Grid(2)
    grid.put(0, grid.fitted(grey(50)))
    grid.put(1, grid.fitted(grey(50)), is_framed=True)
    white = (grid.image == 255).all(axis=2)
    assert not white[:, :640].any()
    assert white[0, 640:].all()
    assert white[:, -1].all()
    assert not white[180, 700]
