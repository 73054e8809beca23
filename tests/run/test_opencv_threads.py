"""Loops that overlap leave OpenCV's number of threads as they found it, in whatever order they end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import cv2
import pytest

from fervid.detect.search import EveryFrame
from fervid.run.analyser import Analyser
from fervid.run.pipeline import analyse_frames, one_opencv_thread
from fervid.smooth.base import Unsmoothed
from fervid.testing import FakeDetector, FakeEngine, FakeSource
from fervid.track.tracker import MotionTracker

THREADS = 3


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(THREADS)
    yield
    cv2.setNumThreads(before)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_last_block_to_end_sets_the_number_back(order: tuple[int, ...]) -> None:
    blocks = [ExitStack() for _ in order]
    for block in blocks:
        block.enter_context(one_opencv_thread())
    for place in order:
        assert cv2.getNumThreads() == 1
        blocks[place].close()
    assert cv2.getNumThreads() == THREADS


def test_an_error_within_a_block_sets_it_back_too() -> None:
    with pytest.raises(ValueError, match="within"), one_opencv_thread():
        raise ValueError("within")
    assert cv2.getNumThreads() == THREADS


@pytest.mark.parametrize("first", [0, 1])
def test_two_loops_closed_in_any_order(first: int) -> None:
    def loop() -> Analyser:
        return Analyser(EveryFrame(FakeDetector()), MotionTracker(), FakeEngine(), Unsmoothed())

    loops = [analyse_frames(FakeSource([at / 30 for at in range(20)]), loop()) for _ in range(2)]
    for each in loops:
        next(each)
    for each in (loops[first], loops[1 - first]):
        assert cv2.getNumThreads() == 1
        each.close()
    assert cv2.getNumThreads() == THREADS
