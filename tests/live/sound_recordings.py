"""Recordings of sources whose pictures and sound tell their times."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.beeps import beeps_by_picture

from fervid.core.emotions import FER2013
from fervid.detect.search import EveryFrame
from fervid.live.analysis import LiveAnalysis
from fervid.live.controls import Controls
from fervid.run.analyser import Analyser
from fervid.smooth.ema import Exponential
from fervid.sources import LiveSource
from fervid.sources.sound_source import SoundSource
from fervid.testing import FakeDetector, FakeEngine
from fervid.track.tracker import MotionTracker

AT = [1.2, 1.8]
SECONDS = 2.4
IN_TIME = 0.02


def play(
    source: LiveSource,
    folder: Path,
    act: Callable[[Controls, int], None] = lambda *_: None,
    sound: SoundSource | None = None,
) -> Path:
    """Record a whole source, and return the file.

    Args:
        source: The source.
        folder: The folder for the file.
        act: Called with each frame's index.
        sound: What is heard beside it.
    """
    analyser = Analyser(EveryFrame(FakeDetector()), MotionTracker(), FakeEngine(), Exponential(0.3), batch=1)
    path = folder / "live.mp4"
    with LiveAnalysis(source, analyser) as live:
        if sound is not None:
            live.sound.connect(sound)
        controls = Controls(live, FER2013, folder=folder, clean=True)
        controls.record(path)
        live.start()
        for result in live.results.watch(1):
            if result is not None:
                act(controls, result.frame.index)
        live.sound.close()
    controls.report()
    return path


def assert_in_time(path: Path, at: list[float]) -> None:
    assert beeps_by_picture(path) == pytest.approx(at, abs=IN_TIME)
