"""Uncertain readings: a face that is too dark or upside down has no emotion, or the right one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile
from support.clips import write_clip

import fervid
from fervid import Timeline, smooth
from fervid.run.models import Models

Image = NDArray[np.uint8]


def read(path: Path, change: Callable[[Image], Image], certain: float | None = None) -> Timeline:
    images = [np.ascontiguousarray(change(smile(180 + 2 * step))) for step in range(6)]
    options = {} if certain is None else {"certain": certain}
    return fervid.timeline(write_clip(path, images), **options)


def in_the_dark(image: Image) -> Image:
    """Leave a twentieth of the light; with less, no face is found."""
    return (image * 0.05).astype(np.uint8)


def emotions(timeline: Timeline) -> set[str]:
    return {face.emotion for face in timeline.readings}


def test_a_smile_in_good_light_is_certain(tmp_path: Path) -> None:
    timeline = read(tmp_path / "good.mp4", lambda image: image)
    assert emotions(timeline) == {"happy"}
    assert all(face.quality > 0.9 for face in timeline.readings)


def test_a_face_on_its_head_is_uncertain(tmp_path: Path) -> None:
    timeline = read(tmp_path / "turned.mp4", lambda image: image[::-1, ::-1])
    assert emotions(timeline) <= {"uncertain"}
    for face in timeline.readings:
        assert face.likeliest in face.classes
        assert face.strengths[face.likeliest] == face.confidence


def test_a_smile_in_the_dark_is_uncertain_or_a_smile(tmp_path: Path) -> None:
    timeline = read(tmp_path / "dark.mp4", in_the_dark)
    found = [face.emotion for face in timeline.readings]
    assert found.count("uncertain") > len(found) / 2
    assert set(found) <= {"uncertain", "happy"}


def test_the_quality_of_one_frame_counts_little_among_those_of_others(tmp_path: Path) -> None:
    """Encoded in the dark, single frames look good by chance."""
    images = [np.ascontiguousarray(smile(180) // (1 if step == 6 else 20)) for step in range(12)]
    qualities = [face.quality for face in fervid.timeline(write_clip(tmp_path / "flash.mp4", images)).readings]
    assert len(qualities) == 12
    assert max(qualities) < min(qualities) + 0.05


@pytest.mark.parametrize("smoothing", ["ema", "bayes"])
def test_the_least_certainty_is_that_of_the_smoother_and_of_none_in_a_picture(smoothing: str, assets: Path) -> None:
    with Models(fervid.Settings(smoothing=smoothing)) as models:
        assert models.analyser().certain == smooth.CERTAIN[smoothing]
        assert models.still_analyser().certain == smooth.CERTAIN["none"]
    with Models(fervid.Settings(smoothing=smoothing, certain=0.2)) as models:
        assert models.analyser().certain == models.still_analyser().certain == 0.2


def test_nothing_is_uncertain_where_nothing_is_asked_for(tmp_path: Path) -> None:
    timeline = read(tmp_path / "dark.mp4", in_the_dark, certain=0)
    assert "uncertain" not in emotions(timeline)
