"""The part of the window that shows one source: its keys, and what it says where no picture comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.core.emotions import FER2013
from fervid.core.readings import FrameReading
from fervid.detect.search import EveryFrame
from fervid.errors import SourceError
from fervid.live.analysis import LiveAnalysis
from fervid.live.controls import Controls
from fervid.live.meter import MeterReading
from fervid.run.analyser import Analyser
from fervid.smooth.ema import Exponential
from fervid.sources.paced import Paced
from fervid.testing import FakeDetector, FakeEngine, FakeSource
from fervid.track.tracker import MotionTracker
from fervid.window.cell import Cell
from fervid.window.grid import Grid

METER = MeterReading(29.97, 0.012, 0.02, 100, 3)
GREY = np.full((360, 640, 3), 90, np.uint8)


class Shown:
    """The cell of one of some sources, which has been opened and not started, at a time that the test sets.

    Attributes:
        now: The time in seconds.
        pictures: The pictures that the cell has painted.
    """

    def __init__(self, live: LiveAnalysis, folder: Path, count: int = 1) -> None:
        self.now = 0.0
        self.pictures: list[NDArray[np.uint8]] = []
        self.live = live
        controls = Controls(live, FER2013, folder=folder)
        self.cell = Cell(controls, ["fake"], "", "", Grid(count), self.pictures.append, now=lambda: self.now)

    def show(self) -> None:
        self.cell.show(GREY, FrameReading(0, 0.0, ()), METER)

    def later(self, seconds: float) -> NDArray[np.uint8]:
        """Let time pass without a picture, and return what the cell shows then."""
        self.now += seconds
        self.cell.idle(METER)
        return self.pictures[-1]


@pytest.fixture
def live() -> Iterator[LiveAnalysis]:
    analyser = Analyser(EveryFrame(FakeDetector()), MotionTracker(), FakeEngine(), Exponential(0.3), batch=1)
    with LiveAnalysis(Paced(FakeSource([0.0])), analyser) as live:
        yield live


def right_end(picture: NDArray[np.uint8]) -> NDArray[np.int_]:
    """Return the colours, blue green red, at the right of the line at the top, where the states stand."""
    return picture[:24, picture.shape[1] // 2 :].reshape(-1, 3).astype(int)


def has_red(picture: NDArray[np.uint8]) -> bool:
    blue, green, red = right_end(picture).T
    return bool(((red > 180) & (green < 110) & (blue < 110)).any())


def has_white(picture: NDArray[np.uint8]) -> bool:
    return bool((right_end(picture) > 230).all(axis=1).any())


def test_keys_change_mirroring_and_smoothing_and_say_so_for_three_seconds(live: LiveAnalysis, tmp_path: Path) -> None:
    shown = Shown(live, tmp_path)
    shown.show()
    assert not has_white(shown.pictures[-1])
    before = live.smoothing_time
    assert before is not None
    shown.cell.act("f")
    assert has_white(shown.later(1))
    assert live.mirror
    assert shown.cell.switches["f"]()
    shown.show()
    shown.now += 2.5
    shown.show()
    assert not has_white(shown.pictures[-1])
    shown.cell.act("=")
    assert (live.smoothing_time or 0) > before
    assert has_white(shown.later(1))
    shown.cell.act("-")
    assert live.smoothing_time == before


def test_an_error_of_a_key_is_said_and_ends_nothing(live: LiveAnalysis, tmp_path: Path) -> None:
    shown = Shown(live, tmp_path)
    shown.show()
    shown.cell.act("m")  # there is no frame yet to put a marker at
    assert has_white(shown.later(1))
    shown.cell.act("x")  # no key of the window
    assert not shown.cell.ended


def test_a_source_that_sends_no_picture_is_named_in_red(live: LiveAnalysis, tmp_path: Path) -> None:
    shown = Shown(live, tmp_path)
    shown.show()
    assert not has_red(shown.later(1.5))
    assert has_red(shown.later(1))


def test_before_its_first_picture_a_single_source_has_none_and_one_of_several_a_black_one(
    live: LiveAnalysis, tmp_path: Path
) -> None:
    alone, one_of_two = Shown(live, tmp_path), Shown(live, tmp_path, count=2)
    alone.cell.idle(METER)
    assert alone.pictures == []
    assert one_of_two.later(0.1).shape == (360, 640, 3)
    assert not one_of_two.pictures[-1][40:].any()


@pytest.mark.parametrize("failure", [None, SourceError("the camera is gone", "plug it in")])
def test_the_end_of_one_source_stays_and_its_keys_do_nothing_more(
    failure: SourceError | None, live: LiveAnalysis, tmp_path: Path
) -> None:
    shown = Shown(live, tmp_path, count=2)
    shown.show()
    shown.cell.end(failure)
    picture = shown.later(10)
    assert has_red(picture) == (failure is not None)
    assert has_white(picture) == (failure is None)
    shown.cell.act("f")
    assert shown.cell.ended
    assert not live.mirror
