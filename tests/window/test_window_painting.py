"""What the window paints on the picture beside the faces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fervid.core.emotions import FER2013
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.draw import plates
from fervid.live.history import History, Strip
from fervid.live.meter import MeterReading
from fervid.window.headup import HeadUp, paint_help
from fervid.window.strip import SPAN_S, paint_strips
from fervid.window.window import KEYS

SHARES = np.full(7, 0.05, np.float32)
SHARES[3] = 0.7


def ground(width: int = 1280, height: int = 720) -> NDArray[np.uint8]:
    return np.full((height, width, 3), 90, np.uint8)


def reading(time: float, count: int = 1) -> FrameReading:
    faces = tuple(
        FaceReading(0, time, number, Box(100.0 * number, 100, 90, 90), 0.9, FER2013, SHARES, SHARES)
        for number in range(1, count + 1)
    )
    return FrameReading(0, time, faces)


def strip(times: NDArray[np.float64], face_id: int = 1) -> Strip:
    return Strip(face_id, FER2013, times, np.tile(SHARES, (len(times), 1)))


def happy(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(width,) whether a column's middle row of the lowest band is of the colour of happiness, or near it."""
    row = image[image.shape[0] - 20].astype(int)
    return np.asarray((np.abs(row - plates.bgr("happy")) < 40).all(axis=1))


class TestStrip:
    def test_the_past_runs_to_the_right_edge_and_a_gap_stays_open(self) -> None:
        image = ground()
        paint_strips(image, [strip(np.r_[np.arange(92.0, 95.0, 0.1), np.arange(98.0, 100.05, 0.1)])], reading(100.0))
        columns = happy(image)
        second = 1230 / SPAN_S
        assert columns[int(1270 - 1.9 * second) : 1265].all()
        assert not columns[int(1270 - 4.5 * second) : int(1270 - 2.2 * second)].any()
        assert columns[int(1270 - 7.5 * second) : int(1270 - 5.5 * second)].all()
        assert not columns[60 : int(1270 - 8.2 * second)].any()

    def test_readings_that_are_all_slow_are_no_gaps(self) -> None:
        """One a second, say: a slow machine, or a stream of one picture a second."""
        history = History()
        for time in range(88, 101):
            history.add(reading(float(time)))
        image = ground()
        paint_strips(image, history.strips(), reading(100.0), history.gap)
        assert happy(image)[60:1265].all()

    def test_the_height_of_a_colour_is_its_share(self) -> None:
        image = ground()
        paint_strips(image, [strip(np.arange(90.0, 100.05, 0.1))], reading(100.0))
        column = image[720 - 40 :, 900].astype(int)
        assert (np.abs(column - plates.bgr("happy")) < 40).all(axis=1).sum() == pytest.approx(0.7 * 30, abs=1)

    def test_markers_are_white_lines_where_they_were_placed(self) -> None:
        image = ground()
        samples = [strip(np.arange(90.0, 100.05, 0.1))]
        paint_strips(image, samples, reading(100.0), moments=[80.0, 95.0, 99.99, 101.0])
        white = np.flatnonzero((image[700] == 255).all(axis=1))
        begin, end = 1270 - (1230 - 8), 1270
        assert white.tolist() == pytest.approx([(begin + end) / 2, (begin + end) / 2, end - 1, end - 1], abs=24)

    def test_a_single_sample_and_faces_that_left_do_no_harm(self) -> None:
        image = ground()
        paint_strips(image, [strip(np.array([100.0])), strip(np.array([99.0]), face_id=9)], reading(100.0))
        assert (image[690:] != 90).any()
        assert (image[:680] == 90).all()

    def test_without_a_face_nothing_is_painted(self) -> None:
        image = ground()
        paint_strips(image, [strip(np.array([100.0]))], reading(100.0, count=0))
        assert (image == 90).all()

    @given(
        width=st.integers(1, 900),
        height=st.integers(1, 700),
        count=st.integers(0, 9),
        times=st.lists(st.integers(0, 1000), min_size=1, max_size=30, unique=True).map(sorted),
    )
    def test_any_size_and_any_past_can_be_painted(self, width: int, height: int, count: int, times: list[int]) -> None:
        strips = [strip(np.array(times) / 10, number) for number in range(1, count + 1)]
        paint_strips(ground(width, height), strips, reading(100.0, count))


class TestHeadUp:
    METER = MeterReading(29.97, 0.012, 0.02, 100, 3)

    def test_figures_stand_still_for_half_a_second(self) -> None:
        now = 0.0
        line = HeadUp(["mediapipe"], now=lambda: now)
        first, second, third = ground(), ground(), ground()
        line.paint(first, self.METER, [])
        line.paint(second, MeterReading(12.0), [])
        now = 0.6
        line.paint(third, MeterReading(12.0), [])
        np.testing.assert_array_equal(first, second)
        assert (first != third).any()

    def test_only_the_top_is_painted_and_states_stand_at_the_right(self) -> None:
        plain, state = ground(), ground()
        HeadUp(["mediapipe"]).paint(plain, self.METER, [])
        HeadUp(["mediapipe"]).paint(state, self.METER, [("paused", plates.WHITE)])
        assert (plain[40:] == 90).all()
        changed = np.flatnonzero((plain != state).any(axis=(0, 2)))
        assert 1150 < changed.min() < changed.max() < 1280

    @given(width=st.integers(1, 700), height=st.integers(1, 700), words=st.lists(st.text(max_size=40), max_size=3))
    def test_any_size_and_any_words(self, width: int, height: int, words: list[str]) -> None:
        image = ground(width, height)
        HeadUp(words).paint(image, self.METER, [(word, plates.WHITE) for word in words])
        paint_help(image, KEYS)

    def test_help_is_painted_in_the_middle(self) -> None:
        image = ground()
        paint_help(image, KEYS)
        rows, columns = np.nonzero((image != 90).any(axis=2))
        assert rows.min() + rows.max() == pytest.approx(720, abs=2)
        assert columns.min() + columns.max() == pytest.approx(1280, abs=2)
