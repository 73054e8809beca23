"""Uncertain readings: of the clips of a real face, those that are too dark or upside down have no emotion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile
from support.clips import write_clip

import fervid
from fervid import Timeline

Image = NDArray[np.uint8]


def read(path: Path, change: Callable[[Image], Image], certain: float | None = None) -> Timeline:
    images = [np.ascontiguousarray(change(smile(180 + 2 * step))) for step in range(6)]
    options = {} if certain is None else {"certain": certain}
    return fervid.timeline(write_clip(path, images), **options)


def emotions(timeline: Timeline) -> set[str]:
    return {face.emotion for face in timeline.readings}


def test_a_smile_in_good_light_is_certain(tmp_path: Path) -> None:
    timeline = read(tmp_path / "good.mp4", lambda image: image)
    assert emotions(timeline) == {"happy"}
    assert all(face.quality > 0.9 for face in timeline.readings)


@pytest.mark.parametrize(
    "change",
    [lambda image: (image * 0.05).astype(np.uint8), lambda image: image[::-1, ::-1]],
    ids=["dark", "upside down"],
)
def test_a_face_that_shows_too_little_is_uncertain(tmp_path: Path, change: Callable[[Image], Image]) -> None:
    timeline = read(tmp_path / "bad.mp4", change)
    assert emotions(timeline) <= {"uncertain"}
    for face in timeline.readings:
        assert face.likeliest in face.classes
        assert face.strengths[face.likeliest] == face.confidence


def test_nothing_is_uncertain_where_nothing_is_asked_for(tmp_path: Path) -> None:
    timeline = read(tmp_path / "dark.mp4", lambda image: (image * 0.05).astype(np.uint8), certain=0)
    assert "uncertain" not in emotions(timeline)
