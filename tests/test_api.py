"""fervid from Python: readings in a loop, or a whole timeline."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import pytest
from support.footage import Footage

import fervid


@pytest.fixture
def clip(footage: Footage, assets: Path) -> Path:
    return footage["smile.mp4"]


def test_readings_come_in_order_and_tell_all_they_know(clip: Path) -> None:
    readings = list(fervid.read(clip, end="10f"))
    assert [reading.frame for reading in readings] == list(range(10))
    first = readings[0]
    assert first.time == 0.0
    assert first.face_id == 1
    assert first.emotion == max(first.strengths, key=first.strengths.__getitem__)
    assert first.confidence == pytest.approx(first.strengths[first.emotion])
    assert sum(first.strengths.values()) == pytest.approx(1, abs=1e-5)
    assert first.raw.sum() == pytest.approx(1, abs=1e-5)
    assert 0 < first.box.x < 640


def test_options_are_those_of_the_command_line(clip: Path) -> None:
    readings = list(fervid.read(str(clip), start=0.5, end="00:00:01", every=5, smoothing="none", detector="haar"))
    assert [reading.frame for reading in readings] == [15, 20, 25]
    assert all((reading.probabilities == reading.raw).all() for reading in readings)


def test_leaving_the_loop_early_ends_every_thread(clip: Path) -> None:
    with closing(fervid.read(clip)) as readings:
        next(readings)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fervid")]


def test_a_timeline_keeps_frames_without_a_face(footage: Footage, assets: Path) -> None:
    timeline = fervid.read_timeline(footage["things.mp4"], end="5f")
    assert [frame.index for frame in timeline.frames] == [0, 1, 2, 3, 4]
    assert timeline.to_pandas()["emotion"].isna().all()


def test_what_is_wrong_is_an_error_of_fervid(tmp_path: Path, assets: Path) -> None:
    with pytest.raises(fervid.FervidError, match=r"nothing\.mp4"):
        list(fervid.read(tmp_path / "nothing.mp4"))
    with pytest.raises(fervid.FervidError, match="every takes a whole number from 1"):
        fervid.read_timeline("clip.mp4", every=0)
