"""Rotation and mirroring: frames stand upright, whatever the display matrix."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from support.clips import quadrants, turn, write_clip

from fervid.sources.video_file import VideoFile
from fervid.video.orientation import Orientation

ORIENTATIONS = [
    (1, 0, 0, 1),
    (-1, 0, 0, 1),
    (1, 0, 0, -1),
    (-1, 0, 0, -1),
    (0, 1, -1, 0),
    (0, -1, 1, 0),
    (0, 1, 1, 0),
    (0, -1, -1, 0),
]


def shown(image: NDArray[np.uint8], a: int, b: int, c: int, d: int) -> NDArray[np.uint8]:
    """Return the image with each pixel (x, y) moved to (a x + c y, b x + d y), as a display matrix defines it."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    columns, rows = a * x + c * y, b * x + d * y
    columns, rows = columns - columns.min(), rows - rows.min()
    result = np.zeros((rows.max() + 1, columns.max() + 1, 3), np.uint8)
    result[rows, columns] = image
    return result


@pytest.mark.parametrize("matrix", ORIENTATIONS, ids=str)
def test_frames_are_upright_in_all_eight_orientations(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    path = write_clip(tmp_path / "turned.mp4", [quadrants()] * 2)
    turn(path, *matrix)
    expected = shown(quadrants(), *matrix)
    with VideoFile(path) as source:
        assert (source.info.height, source.info.width) == expected.shape[:2]
        for frame in source:
            assert frame.image.flags.c_contiguous
            assert np.abs(frame.image.astype(int) - expected).mean() < 6


@pytest.mark.parametrize("matrix", [(1, 0, 0, 1), (-1, 0, 0, -1), (0, 1, -1, 0), (0, -1, 1, 0)], ids=str)
def test_the_rotation_angle_is_used_where_side_data_cannot_be_listed(
    tmp_path: Path, matrix: tuple[int, int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: av.VideoFrame) -> None:
        raise ValueError("31 is not a valid Type")

    path = write_clip(tmp_path / "turned.mp4", [quadrants()])
    turn(path, *matrix)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
    listed = Orientation.of(frame)
    monkeypatch.setattr("fervid.video.orientation.SideDataContainer", refuse)
    assert Orientation.of(frame) == listed
