"""With ``reidentify``, a person who leaves a video and returns keeps their number; otherwise they get a new one."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from support.astronaut import smile
from support.clips import Encoding, write_clip

import fervid
from fervid.cli import run

RATE = 5


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clip in which a real face is away for two seconds, and returns elsewhere."""
    away = np.full((360, 640, 3), 90, np.uint8)
    images = [smile(170, (0.4, 0.5))] * RATE + [away] * 2 * RATE + [smile(150, (0.6, 0.5), gain=0.9)] * RATE
    times = range(0, len(images) * 1000 // RATE, 1000 // RATE)
    return write_clip(tmp_path_factory.mktemp("clip") / "back.mp4", images, Encoding(), times, rate=RATE)


@pytest.mark.parametrize(("reidentify", "numbers"), [(True, {1}), (False, {1, 2})])
def test_a_person_who_returns_keeps_their_number_if_asked(clip: Path, reidentify: bool, numbers: set[int]) -> None:
    timeline = fervid.timeline(clip, detector="mediapipe", engine="emotionnet", reidentify=reidentify)
    shown = [frame.index for frame in timeline.frames if frame.faces]
    assert {face.face_id for frame in timeline.frames for face in frame.faces} == numbers
    assert shown == [*range(RATE), *range(3 * RATE, 4 * RATE)]


def test_features_are_never_written(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["timeline", str(clip), "--reidentify", "--detector", "mediapipe", "--engine", "emotionnet"]) == 0
    table, sidecar = sorted(tmp_path.iterdir())
    assert "feature" not in table.read_text(encoding="utf-8")
    assert "feature" not in sidecar.read_text(encoding="utf-8")


def test_without_dlib_one_line_says_how_to_get_it(
    clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "dlib", None)
    assert run(["timeline", str(clip), "--reidentify"]) != 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("fervid: dlib cannot be imported")
    assert "run: pip install" in line
